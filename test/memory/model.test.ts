import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import path from 'node:path';
import { inspect, isDeepStrictEqual } from 'node:util';
import test from 'ava';
import fc from 'fast-check';
import type { Syscalls } from '../conformance/syscalls/posix.js';
import { type Posix, PosixError } from '../conformance/posix.js';
import { visit } from './kernel.js';
import { type Fds, type Operation, operations, tree } from './operations.js';

const TMPFS = 0x01021994;
const place = '/dev/shm';
/** Why there is nothing to compare with. */
const absent = process.getuid?.() !== 0 ? 'needs root' : existsSync(place) && statfsSync(place).type === TMPFS ? undefined : `${place} is no tmpfs`;

/** The calls of this process, in a new directory on a real tmpfs. */
async function onTmpfs<T>(run: (fs: Posix) => Promise<T>): Promise<T> {
  const { Syscalls: Calls } = (await import('../conformance/syscalls/posix.js')) as { Syscalls: new () => Syscalls };
  const directory = mkdtempSync(path.join(place, 'fusewire-model-'));
  process.chdir(directory);
  try {
    return await run(new Calls());
  } finally {
    process.chdir('/');
    rmSync(directory, { recursive: true });
  }
}

async function outcome(operation: Operation, fs: Posix, fds: Fds): Promise<unknown> {
  try {
    return await operation.run(fs, fds);
  } catch (error) {
    if (error instanceof PosixError) return error.code;
    throw error;
  }
}

function same(ours: unknown, theirs: unknown, what: string): void {
  if (!isDeepStrictEqual(ours, theirs)) throw new Error(`${what}: ${inspect(ours)} instead of ${inspect(theirs)}`);
}

/** Runs the same calls on both, comparing what each tells, and all that is there at the end. */
async function compare(calls: readonly Operation[], memory: Posix, tmpfs: Posix): Promise<void> {
  const fds: [Fds, Fds] = [new Map(), new Map()];
  for (const fs of [memory, tmpfs]) {
    await fs.umask(0o022);
    await fs.mkdir('home', 0o755);
    await fs.chdir('home');
  }
  for (const each of calls) same(await outcome(each, memory, fds[0]), await outcome(each, tmpfs, fds[1]), each.text);
  same(await tree(memory), await tree(tmpfs), 'the tree');
  for (const [i, fs] of [memory, tmpfs].entries()) for (const fd of fds[i]!.values()) await fs.close(fd);
}

const model = absent ? test.skip : test;

model(`any calls have the outcome they have on a tmpfs${absent ? `: ${absent}` : ''}`, async (t) => {
  t.is(spawnSync(process.execPath, [path.join(import.meta.dirname, '../../../scripts/build-syscalls.mjs')], { stdio: 'inherit' }).status, 0);
  await fc.assert(fc.asyncProperty(operations, (calls) =>
    visit({ size: '1GiB' }, (memory) => onTmpfs((tmpfs) => compare(calls, memory, tmpfs)))), { numRuns: 200, includeErrorInReport: true });
});
