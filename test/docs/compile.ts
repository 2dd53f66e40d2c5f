import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { blocks, root } from './documents.js';

/** Compiles files in `directory` against the built package, with the compiler options that the guide shows. */
export function compile(directory: string, sources: ReadonlyMap<string, string>): { said: string; status: number | null } {
  for (const [name, text] of sources) writeFileSync(path.join(directory, name), text);
  writeFileSync(path.join(directory, 'tsconfig.json'), blocks('docs/writing-a-file-system.md', 'json')[0]!);
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { stdout, status } = spawnSync(process.execPath, [tsc, '-p', directory], { encoding: 'utf8' });
  return { said: stdout, status };
}
