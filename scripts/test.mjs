// Runs every part of the tests and sums what they count; exit 1 when anything failed.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';

const root = path.join(import.meta.dirname, '..');

/** What failed, to be told again at the end. */
const failures = [];

/** TAP: `ok 1 - title`, `not ok 2 - title`, `ok 3 - title # SKIP reason`. */
function countTap(line, totals) {
  const match = /^(not )?ok\b(.*)/.exec(line);
  if (!match) return;
  if (/# (SKIP|TODO)\b/i.test(match[2])) totals.skipped++;
  else if (match[1]) {
    totals.failed++;
    failures.push(line);
  } else totals.passed++;
}

/** The totals that the conformance table prints last. */
function countTotals(line, totals) {
  if (line.startsWith('failed ')) failures.push(line);
  const match = /^(\d+) passed, (\d+) failed, (\d+) skipped$/.exec(line);
  if (match) [totals.passed, totals.failed, totals.skipped] = match.slice(1).map(Number);
}

const PARTS = [
  { name: 'lint', script: 'node_modules/oxlint/bin/oxlint', args: ['--deny-warnings'] },
  { name: 'tests', script: 'node_modules/ava/entrypoints/cli.js', args: ['--tap'], count: countTap },
  { name: 'native code under the sanitizers', script: 'scripts/test-asan.mjs', args: ['--tap'], count: countTap },
  { name: 'conformance', script: 'dist/test/conformance/cli.js', args: [], count: countTotals },
  { name: 'fuzz', script: 'scripts/fuzz.mjs', args: ['--minutes', '0.5'] },
  { name: 'bench', script: 'dist/bench/main.js', args: ['--smoke'] },
];

/** Runs one part; without a count of its own, its exit is its one result. */
async function run({ name, script, args, count }) {
  console.log(`# ${name}`);
  const totals = { passed: 0, failed: 0, skipped: 0 };
  const child = spawn(process.execPath, [path.join(root, script), ...args], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  for await (const line of createInterface(child.stdout)) {
    console.log(line);
    count?.(line, totals);
  }
  const code = await ended;
  if (code !== 0 && !totals.failed) {
    totals.failed++;
    failures.push(`${name}: exit code ${code}`);
  }
  if (code === 0 && !count) totals.passed++;
  return totals;
}

const sum = { passed: 0, failed: 0, skipped: 0 };
for (const part of PARTS) {
  const totals = await run(part);
  for (const key of Object.keys(sum)) sum[key] += totals[key];
}
for (const failure of failures) console.log(failure);
console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`);
process.exit(sum.failed ? 1 : 0);
