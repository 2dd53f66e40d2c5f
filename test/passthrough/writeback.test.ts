import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { start, temporary } from '../cli/run.js';
import { root } from './guest.js';

const { O_APPEND, O_CREAT, O_RDWR, O_WRONLY } = fs.constants;
const onHost = root && fs.existsSync('/dev/fuse') ? test : test.skip;
const SIZE_MOST = 20_000;

/** A file with three opens, on the mount or beside it. */
class Opened {
  readonly random: number;
  private readonly appending: number[];

  constructor(readonly path: string) {
    this.random = fs.openSync(path, O_RDWR | O_CREAT);
    this.appending = [O_WRONLY, O_RDWR].map((mode) => fs.openSync(path, mode | O_APPEND));
  }
  append(which: number, data: Buffer): void {
    fs.writeSync(this.appending[which]!, data);
  }
  close(): void {
    for (const fd of [this.random, ...this.appending]) fs.closeSync(fd);
  }
}

type Step = (file: Opened) => unknown;

const bytes = fc.tuple(fc.nat(255), fc.integer({ min: 1, max: 5000 })).map(([value, length]) => Buffer.alloc(length, value));
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(bytes, fc.nat(SIZE_MOST)).map(([data, at]): Step => ({ random }) => fs.writeSync(random, data, 0, data.length, at)),
  fc.tuple(fc.nat(1), bytes).map(([which, data]): Step => (file) => file.append(which, data)),
  fc.nat(SIZE_MOST).map((size): Step => ({ random }) => fs.ftruncateSync(random, size)),
  fc.nat(SIZE_MOST).map((size): Step => ({ path }) => fs.truncateSync(path, size)),
  fc.nat(SIZE_MOST).map((at): Step => ({ random }) => {
    const into = Buffer.alloc(4096);
    return into.subarray(0, fs.readSync(random, into, 0, into.length, at)).toString('hex');
  }),
  fc.nat(2 ** 31).map((time): Step => ({ path }) => {
    fs.utimesSync(path, time, time);
    return fs.statSync(path).mtimeMs;
  }),
  fc.constant<Step>(({ path }) => fs.statSync(path).size),
  fc.constant<Step>(({ random }) => fs.fsyncSync(random)),
);

onHost('with a write-back cache a file is what it would be without, on the mount and on the host', async (t) => {
  const dir = temporary(t);
  const [source, at, plain] = ['source', 'at', 'plain'].map((name) => path.join(dir, name)) as [string, string, string];
  for (const made of [source, at, plain]) fs.mkdirSync(made);
  const config = { mounts: [{ name: 'writeback', transport: { use: 'fuse', mountpoint: at }, filesystem: { use: 'passthrough', source }, writeback: true }] };
  fs.writeFileSync(path.join(dir, 'fusewire.json'), JSON.stringify(config));
  const server = start(['serve', '-c', path.join(dir, 'fusewire.json')]);
  try {
    await server.said(/serving/);
    let run = 0;
    fc.assert(fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) => {
      const name = `f${run++}`;
      const files = [at, plain].map((place) => new Opened(path.join(place, name)));
      const results = files.map((file) => steps.map((take) => take(file)));
      assert.deepEqual(results[0], results[1]);
      for (const file of files) file.close();
      const content = fs.readFileSync(path.join(plain, name));
      for (const place of [at, source]) assert.ok(content.equals(fs.readFileSync(path.join(place, name))), place);
      const [onMount, onSource] = [at, source].map((place) => fs.statSync(path.join(place, name), { bigint: true }).mtimeNs);
      assert.equal(onSource, onMount);
    }), { numRuns: 60 });
  } finally {
    server.child.kill('SIGTERM');
    t.is((await server.ended).code, 0);
  }
});
