import fs from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import { native, slab } from '../../native/index.js';
import { Identity } from '../../native/syscalls.js';
import { Fds } from '../../plugins/passthrough/fds.js';
import { FileHandles } from '../../plugins/passthrough/file-handles.js';
import { Identities } from '../../plugins/passthrough/identities.js';
import { scratch } from '../../plugins/passthrough/scratch.js';

/** Few values, so that identities often differ in one field only. */
const identity = fc.tuple(fc.nat(3), fc.nat(1), fc.nat(1), fc.nat(1), fc.nat(1));

function present([low, high, , birth, nsec]: readonly number[]): void {
  const at = scratch.identity >> 2;
  slab.u32[at] = low!;
  slab.u32[at + 1] = high!;
  slab.u32[at + (Identity.btime >> 2)] = birth!;
  slab.u32[at + (Identity.btimensec >> 2)] = nsec!;
}

test('identities find what a Map finds, whatever comes and goes', (t) => {
  fc.assert(fc.property(fc.array(fc.tuple(identity, fc.boolean()), { maxLength: 300 }), (steps) => {
    const identities = new Identities();
    const model = new Map<string, number>();
    let next = 1;
    for (const [fields, add] of steps) {
      present(fields);
      const known = identities.find(fields[2]);
      if (known !== (model.get(fields.join()) ?? 0)) return false;
      if (add && known === 0) {
        identities.add(next, fields[2]);
        model.set(fields.join(), next++);
      } else if (!add && known !== 0) {
        identities.remove(known);
        model.delete(fields.join());
      }
    }
    for (const [key, node] of model) {
      const fields = key.split(',').map(Number);
      present(fields);
      if (identities.find(fields[2]!) !== node) return false;
    }
    return true;
  }));
  t.pass();
});

test('the pool of fds keeps the newest and the pinned, and closes the others', (t) => {
  const open = (): number => fs.openSync('/dev/null', 'r');
  const isOpen = (fd: number): boolean => native.lseek(fd, 0, 1) >= 0;
  const fds = new Fds(4);
  const first = [1, 2, 3, 4].map((node) => {
    const fd = open();
    fds.put(node, fd);
    return fd;
  });
  fds.pin(1);
  t.is(fds.get(2), first[1]);
  const fifth = open();
  fds.put(5, fifth);
  t.is(fds.get(3), -1, 'the least recently used one');
  t.false(isOpen(first[2]!));
  t.deepEqual([1, 2, 4, 5].map((node) => fds.get(node)), [first[0], first[1], first[3], fifth]);
  t.is(fds.get(1), first[0]);
  fds.unpin(1);
  fds.drop(1);
  t.false(isOpen(first[0]!));
  fds.close();
  t.is(fds.size, 0);
});

test('a pool that shrinks keeps the pinned fds, and the newest ones, which a handler may be using', (t) => {
  const fds = new Fds(64);
  for (let node = 1; node <= 20; node++) fds.put(node, fs.openSync('/dev/null', 'r'));
  fds.pin(1);
  const nodes = () => Array.from({ length: 20 }, (_, i) => i + 1).filter((node) => fds.get(node) >= 0);
  t.true(fds.shrink());
  t.deepEqual(nodes(), [1, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
  while (fds.shrink());
  t.deepEqual(nodes(), [1, 17, 18, 19, 20]);
  fds.close();
  t.false(fds.shrink());
});

test('file handles of all lengths are kept apart', (t) => {
  const lengths = [8, 12, 40, 128, 7, 8];
  const handles = new FileHandles();
  const bytes = (length: number, fill: number): Uint8Array => Uint8Array.from([length, 0, 0, 0, 1, 0, 0, 0, ...Array.from({ length }, () => fill)]);
  lengths.forEach((length, node) => {
    slab.u8.set(bytes(length, node), scratch.handle);
    handles.put(node * 100, scratch.handle);
  });
  lengths.forEach((length, node) => {
    handles.get(node * 100, scratch.handle);
    t.deepEqual(slab.u8.slice(scratch.handle, scratch.handle + 8 + length), bytes(length, node));
    t.true(handles.matches(node * 100, scratch.handle));
    slab.u8[scratch.handle + 8]! ^= 0xff;
    t.false(handles.matches(node * 100, scratch.handle));
  });
  t.false(handles.has(1));
  handles.clear(100);
  t.false(handles.has(100));
});
