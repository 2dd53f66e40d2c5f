import { writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { cellName, concerns } from './behaviour.js';
import { interrupted } from './cells/interrupt.js';
import { cells, peers, type TableCell, whyAbsent } from './cells/cells.js';
import { ways } from './cells/ways.js';
import { comparison } from './compare.js';
import { type Record, Results } from './results.js';
import type { Outcome } from './run.js';
import { conformance } from './table.js';

const usage = `npm run conformance -- [--plugin P] [--transport loopback|mount|judged-mount|guest|native] [--match RE] [--cache none|auto|always] [--writeback] [--no-shortcuts] [--no-polling] [--json FILE] [--markdown FILE] [--compare-overlay FILE]`;

function flags() {
  try {
    const text = { type: 'string' } as const;
    return parseArgs({ options: { plugin: text, transport: text, match: text, cache: text, writeback: { type: 'boolean' }, 'no-shortcuts': { type: 'boolean' }, 'no-polling': { type: 'boolean' }, json: text, markdown: text, 'compare-overlay': text } }).values;
  } catch (error) {
    console.error(`${(error as Error).message}\n${usage}`);
    process.exit(2);
  }
}

const { plugin = '', transport, match: given, cache, writeback, 'no-shortcuts': plain, 'no-polling': unpolled, json, markdown, 'compare-overlay': compare } = flags();
const OURS = 'overlay-passthrough-passthrough/mount';
const match = given ?? (compare ? '^overlay: ' : '');
const pattern = new RegExp(match, 'i');
const behaviours = conformance.filter(({ name, only }) => pattern.test(name) && (!compare || only === 'overlay'));
const chosen = compare ? [...cells.filter((cell) => cellName(cell) === OURS), ...peers] : cells.filter((cell) => cell.fileSystem.startsWith(plugin) && (transport ? cell.transport === transport : cell.transport !== 'native'))
  .map((cell) => ({ ...cell, words: [...cell.words, ...(cache ? [`cache-${cache}`] : []), ...(writeback ? ['writeback'] : [])], mount: { cache, writeback, ...(plain && { shortcuts: false }), ...(unpolled && { poll: '0s' }), ...cell.mount } }));
const results = new Results();


function print({ name, result, reason }: Outcome, cell: TableCell): void {
  console.log(`${result.padEnd(7)} ${cellName(cell)}  ${name}${reason ? `: ${reason}` : ''}`);
}

async function run(cell: TableCell): Promise<void> {
  const left = new Set(behaviours.filter((behaviour) => concerns(behaviour, cell)).map(({ name }) => name));
  const report = (outcome: Outcome): void => {
    left.delete(outcome.name);
    results.add({ ...outcome, cell: cellName(cell) } satisfies Record);
    print(outcome, cell);
  };
  const absent = whyAbsent(cell);
  const broken = absent ? undefined : await ways[cell.transport]!(cell, behaviours, match, report).catch((error: Error) => error.stack ?? error.message);
  if (interrupted.aborted) return;
  for (const [index, name] of [...left].entries()) {
    if (absent) report({ name, result: 'skipped', reason: absent });
    else report({ name, result: 'failed', reason: index === 0 ? (broken ?? 'never reported') : 'not reached' });
  }
}

if (chosen.some((cell) => cell.transport !== 'loopback')) {
  const build = path.join(import.meta.dirname, '..', '..', '..', 'scripts', 'build-syscalls.mjs');
  if (spawnSync(process.execPath, [build], { stdio: ['ignore', 2, 2] }).status !== 0) process.exit(1);
}
for (const cell of chosen) {
  await run(cell);
  if (!interrupted.aborted) continue;
  console.error((interrupted.reason as Error).message);
  process.exit(130);
}
if (json) writeFileSync(json, `${JSON.stringify(results.records, undefined, 1)}\n`);
if (markdown) writeFileSync(markdown, results.markdown(behaviours));
if (compare) writeFileSync(compare, comparison(behaviours, results.records, [
  { cell: OURS, title: 'Fusewire', how: '`overlay` with `passthrough` above and below, on a host mount, its defaults' },
  ...peers.map((cell) => ({ cell: cellName(cell), title: cell.fileSystem, how: cell.peer!.type === 'overlay' ? `the kernel's overlayfs, \`${cell.peer!.options}\`` : 'its defaults' })),
], spawnSync('fuse-overlayfs', ['--version'], { encoding: 'utf8' }).stdout?.split('\n').find((line) => line.includes('fuse-overlayfs'))?.replace(': version', '') ?? 'no fuse-overlayfs'));
const { passed, failed, skipped } = results.totals();
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = (compare ? results.totals(OURS).failed : failed) > 0 ? 1 : 0;
