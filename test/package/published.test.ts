import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';

const root = path.join(import.meta.dirname, '..', '..', '..');

interface Manifest {
  readonly bin: Record<string, string>;
  readonly exports: Record<string, string>;
}

const { bin, exports } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as Manifest;

/** The modules that a built file imports by a relative path, at once or when needed, relative to the project. */
function imported(file: string): string[] {
  const text = readFileSync(path.join(root, file), 'utf8');
  const statics = text.matchAll(/^(?:import\b|export\b|\} from)[^'"\n]*['"](\.\.?\/[^'"]+)['"]/gm);
  const later = text.matchAll(/\b(?:import|require)\('(\.\.?\/[^']+\.js)'\)/g);
  return [...statics, ...later].map((match) => path.join(path.dirname(file), match[1]!));
}

test('the package holds what its manifest names, and all that those modules import', (t) => {
  const [packed] = JSON.parse(execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root, encoding: 'utf8' })) as [{ files: { path: string }[] }];
  const files = new Set(packed.files.map((file) => file.path));
  const reached = new Set([...Object.values(bin), ...Object.values(exports)].map((target) => path.normalize(target)).concat('dist/cli/main.js', 'LICENSE', 'README.md'));
  for (const file of reached) {
    t.true(files.has(file), `${file} is not in the package`);
    if (files.has(file) && file.endsWith('.js')) for (const next of imported(file)) reached.add(next);
  }
  t.true(reached.size > 150);
  t.deepEqual([...files].filter((file) => /\.map$|\.test\.|^dist\/(bench|examples)/.test(file)), []);
});
