import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { NodeTable } from '../../core/filesystem/nodes.js';
import { encodeName } from '../../core/protocol/names.js';
import { native, slab } from '../../native/index.js';
import { Identity } from '../../native/syscalls.js';
import { Fds } from '../../plugins/passthrough/fds.js';
import { HostNodes } from '../../plugins/passthrough/nodes.js';
import { scratch } from '../../plugins/passthrough/scratch.js';
import { root } from './guest.js';

/** A share whose files all seem to have one inode number, and to be born at `birth`, milliseconds since 1970. */
class Twins {
  readonly dir = fs.mkdtempSync(path.join(os.tmpdir(), 'fusewire-twins-'));
  private readonly dirfd = fs.openSync(this.dir, 'r');
  private readonly nodes: HostNodes;

  constructor(byHandle: boolean) {
    this.nodes = new HostNodes(new NodeTable(), this.dirfd, new Fds(64), byHandle);
  }

  look(name: string, birth: number): number {
    const length = encodeName(name, slab.u8, scratch.name, scratch.name + 255);
    slab.u8[scratch.name + length] = 0;
    native.lookup(this.dirfd, scratch.name, scratch.attr, scratch.identity);
    const at = scratch.identity >> 2;
    slab.u32[at] = 77;
    slab.u32[at + (Identity.btime >> 2)] = Math.floor(birth / 1000);
    slab.u32[at + (Identity.btimensec >> 2)] = (birth % 1000) * 1e6;
    return this.nodes.at(1, this.dirfd, scratch.name);
  }
  forget(node: number): void {
    this.nodes.forget(node);
  }
  [Symbol.dispose](): void {
    this.nodes.close();
    fs.rmSync(this.dir, { recursive: true });
  }
}

(root ? test : test.skip)(`a file with the inode number and the birth of one that was removed in that very tick is another node${root ? '' : ' (needs root)'}`, (t) => {
  using twins = new Twins(true);
  const birth = Date.now();
  fs.writeFileSync(`${twins.dir}/f`, '');
  const old = twins.look('f', birth);
  t.is(twins.look('f', birth), old);
  fs.rmSync(`${twins.dir}/f`);
  fs.writeFileSync(`${twins.dir}/f`, '');
  const young = twins.look('f', birth);
  t.not(young, old);
  t.is(twins.look('f', birth), young);
  twins.forget(old);
  t.is(twins.look('f', birth), young);
});

for (const byHandle of [true, false]) {
  test(`a directory is never taken for a file that was there before (${byHandle ? 'file handles' : 'paths'})`, (t) => {
    using twins = new Twins(byHandle);
    const birth = Date.now();
    fs.writeFileSync(`${twins.dir}/a`, '');
    const file = twins.look('a', birth);
    fs.rmSync(`${twins.dir}/a`);
    fs.mkdirSync(`${twins.dir}/a`);
    const directory = twins.look('a', birth);
    t.not(directory, file);
    t.is(twins.look('a', birth), directory);
  });
}

test('a file that is known since the tick of its birth stays one node', (t) => {
  using twins = new Twins(true);
  fs.writeFileSync(`${twins.dir}/f`, '');
  const node = twins.look('f', 1_000_000_000_000);
  for (let i = 0; i < 3; i++) t.is(twins.look('f', 1_000_000_000_000), node);
  fs.linkSync(`${twins.dir}/f`, `${twins.dir}/g`);
  t.is(twins.look('g', 1_000_000_000_000), node);
});
