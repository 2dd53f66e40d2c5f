import { existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import type { TraceRecord } from '../../plugins/layers/trace/record.js';
import { fusewire } from '../cli/run.js';
import { O } from '../conformance/posix.js';
import { type Ours, scratch, serve } from '../overlay/layers.js';
import { type Change, changes, outcome } from '../overlay/operations.js';
import { treeOf } from '../overlay/tree.js';

const needsRoot = process.geteuid!() === 0 ? test : test.skip;
const title = (text: string): string => (process.geteuid!() === 0 ? text : `${text}: needs root`);

const kinds = ['memory', 'passthrough', 'overlay'] as const;
type Kind = (typeof kinds)[number];

/** An empty file system of a kind, as it stands in a config. */
function fileSystem(kind: Kind, home: string): object {
  const directory = (name: string): object => {
    const source = path.join(home, name);
    rmSync(source, { recursive: true, force: true });
    mkdirSync(source, { recursive: true });
    return { use: 'passthrough', source };
  };
  if (kind === 'memory') return { use: 'memory', mode: '755' };
  if (kind === 'passthrough') return directory('shared');
  return { use: 'overlay', upper: directory('upper'), lower: [directory('lower')] };
}

async function record(file: string, filesystem: object, what: (fs: Ours['fs']) => Promise<unknown>): Promise<void> {
  const { fs, stop } = await serve({ ...filesystem, layers: [{ use: 'trace', file }] });
  try {
    await what(fs);
  } finally {
    await stop();
  }
}

async function replay(file: string, home: string, filesystem: object, ...flags: string[]) {
  const config = path.join(home, 'fusewire.json');
  const mount = { name: 'again', transport: { use: 'virtiofs', socket: path.join(home, 'socket'), tag: 'again' }, filesystem };
  writeFileSync(config, JSON.stringify({ mounts: [mount] }));
  const { code, stdout, stderr } = await fusewire(['replay', file, '-c', config, ...flags]);
  return { code, stdout: stdout.toString(), stderr };
}

/** Of a directory, a kernel asks neither for another name nor for another size, and file systems differ in what they say then. */
async function isAsked({ text }: Change, fs: Ours['fs']): Promise<boolean> {
  const [, path] = /^(?:link|truncate)\(([^,]+)/.exec(text) ?? [];
  return path === undefined || !(await fs.lstat(path).then(({ mode }) => (mode & O.S_IFMT) === O.S_IFDIR, () => false));
}

async function workload(fs: Ours['fs'], seed: number): Promise<void> {
  for (const list of fc.sample(changes, { numRuns: 6, seed })) for (const one of list) if (await isAsked(one, fs)) await outcome(one, fs);
  const fd = await fs.open('read', O.O_RDWR | O.O_CREAT, 0o644);
  await fs.write(fd, 'some text');
  await fs.pread(fd, 100, 3);
  await fs.fsync(fd);
  await fs.close(fd);
  await treeOf(fs);
}

for (const from of kinds) for (const to of kinds) {
  needsRoot(title(`what is recorded on ${from} is alike on ${to}`), async (t) => {
    const home = scratch(t);
    const file = path.join(home, 'trace.jsonl');
    for (let seed = 1; seed <= 3; seed++) {
      rmSync(file, { force: true });
      await record(file, fileSystem(from, home), (fs) => workload(fs, seed));
      const { code, stdout, stderr } = await replay(file, home, fileSystem(to, home));
      t.is(code, 0, stdout + stderr);
      const [, requests, alike] = /^(\d+) requests, (\d+) alike, 0 different, \d+ skipped\n$/.exec(stdout)!;
      t.true(Number(requests) > 100, stdout);
      t.true(Number(alike) > Number(requests) * 0.9, stdout);
    }
  });
}

/** A recording of a few requests on memory. */
async function recorded(t: ExecutionContext): Promise<{ home: string; file: string }> {
  const home = scratch(t);
  const file = path.join(home, 'trace.jsonl');
  await record(file, { use: 'memory', mode: '755' }, async (fs) => {
    await fs.mkdir('d');
    const fd = await fs.open('d/file', O.O_WRONLY | O.O_CREAT, 0o640);
    await fs.write(fd, 'content');
    await fs.close(fd);
    await treeOf(fs);
  });
  return { home, file };
}

test('what differs is told, and the exit code says so', async (t) => {
  const { home, file } = await recorded(t);
  const faults = { use: 'memory', mode: '755', layers: [{ use: 'faults', rules: [{ operations: ['write'], error: 'ENOSPC' }] }] };
  const { code, stdout } = await replay(file, home, faults);
  t.is(code, 1);
  t.regex(stdout, /^\d+: write node \d+: success, now ENOSPC$/m);
  t.regex(stdout, /^\d+: lookup file: size 7, now 0$/m);
  t.regex(stdout, /requests, \d+ alike, [1-9]\d* different, \d+ skipped\n$/);
  const json = (await replay(file, home, faults, '--json')).stdout.trimEnd().split('\n').map((line) => JSON.parse(line) as { op?: string; different?: number });
  t.true(json.at(-1)!.different! > 0);
  t.true(json.some(({ op }) => op === 'write'));
});

test('a recording is whole up to where it is cut, and nothing else is taken for one', async (t) => {
  const { home, file } = await recorded(t);
  const whole = readFileSync(file);
  const lines = whole.toString().trimEnd().split('\n');
  t.true(lines.slice(1).every((line) => (JSON.parse(line) as TraceRecord).us >= 0));
  truncateSync(file, whole.length - 10);
  const cut = await replay(file, home, { use: 'memory', mode: '755' });
  t.regex(cut.stdout, new RegExp(`^${lines.length - 2} requests, `));
  t.is(cut.code, 0);
  const wrong = async (content: string, pattern: RegExp) => {
    writeFileSync(file, content);
    const { code, stderr } = await replay(file, home, { use: 'memory' });
    t.is(code, 2);
    t.regex(stderr, pattern);
  };
  await wrong('', /trace.jsonl:1: it is empty/);
  await wrong('{"a":1}\n{}\n', /trace.jsonl:1: it is not a line of a recording/);
  await wrong(`${lines[1]}\n${lines[2]}\n`, /trace.jsonl:1: it does not begin as a recording does/);
  await wrong(`${lines[0]}\nnonsense\n${lines[1]}\n`, /trace.jsonl:2: it is not a line of a recording/);
  rmSync(file);
  const { code, stderr } = await replay(file, home, { use: 'memory' });
  t.is(code, 2);
  t.regex(stderr, /trace.jsonl: ENOENT/);
});

test('what could not be written down in time is told, in the file and by a replay', async (t) => {
  const home = scratch(t);
  const file = path.join(home, 'trace.jsonl');
  const { fs, stop } = await serve({ use: 'memory', mode: '755', layers: [{ use: 'trace', file, buffer: 4096 }] });
  const fd = await fs.open('large', O.O_WRONLY | O.O_CREAT, 0o644);
  await fs.write(fd, 'x'.repeat(10_000));
  await fs.close(fd);
  await stop();
  t.regex(readFileSync(file, 'utf8'), /"dropped":1/);
  t.regex((await replay(file, home, { use: 'memory', mode: '755' })).stdout, /skipped; 1 more had not been recorded\n$/);
});

test('without data, a recording is small, and a replay writes zeros', async (t) => {
  const home = scratch(t);
  const file = path.join(home, 'trace.jsonl');
  const { fs, stop } = await serve({ use: 'memory', mode: '755', layers: [{ use: 'trace', file, data: false }] });
  const fd = await fs.open('large', O.O_WRONLY | O.O_CREAT, 0o644);
  await fs.write(fd, 'secret'.repeat(10_000));
  await fs.close(fd);
  await stop();
  t.true(readFileSync(file).length < 5000);
  t.notRegex(readFileSync(file, 'utf8'), /c2VjcmV0/);
  const { code, stdout } = await replay(file, home, { use: 'memory', mode: '755' });
  t.is(code, 0, stdout);
});

test('a mount that records is replayed without recording', async (t) => {
  const { home, file } = await recorded(t);
  const before = readFileSync(file).length;
  const other = path.join(home, 'other.jsonl');
  t.is((await replay(file, home, { use: 'memory', mode: '755', layers: [{ use: 'trace', file: other }] })).code, 0);
  t.false(existsSync(other));
  t.is(readFileSync(file).length, before);
});
