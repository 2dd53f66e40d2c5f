import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';

const root = path.join(import.meta.dirname, '..', '..', '..');
const fixtures = path.join(root, 'test', 'fixtures', 'uncompilable');

test('a handler whose signature does not fit its opcode does not compile, and one that fits does', (t) => {
  const run = spawnSync(process.execPath, [path.join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', fixtures], { encoding: 'utf8' });
  const reported = [...run.stdout.matchAll(/wrong-signature\.ts\((\d+),/g)].map((match) => Number(match[1]));
  const expected = readFileSync(path.join(fixtures, 'wrong-signature.ts'), 'utf8').split('\n')
    .flatMap((line, index) => (line.endsWith('// error') ? [index + 1] : []));
  t.deepEqual([...new Set(reported)], expected, run.stdout);
});
