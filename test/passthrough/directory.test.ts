import fs from 'node:fs';
import test from 'ava';
import { Opcode } from '../../core/protocol/opcode.js';
import { Guest } from './guest.js';

const START = new Uint8Array(8);

function fill(dir: string, count: number): string[] {
  const names = Array.from({ length: count }, (_, i) => `${'name'.repeat(i % 40)}${i}`);
  for (const name of names) fs.writeFileSync(`${dir}/${name}`, '');
  return names;
}

for (const plus of [false, true]) {
  const kind = plus ? 'READDIRPLUS' : 'READDIR';

  for (const size of [4096, 32768, 1 << 20]) {
    test(`${kind} lists each entry once in replies of ${size} bytes`, (t) =>
      Guest.visit(t, {}, async (guest) => {
        const names = fill(guest.dir, 1200);
        const listed = await guest.listAll(1, size, plus);
        t.deepEqual(listed.map(({ name }) => name).toSorted(), ['.', '..', ...names].toSorted());
        t.is(guest.nodes.live, plus ? 1200 : 0);
      }));
  }

  test(`${kind} goes on from any cookie`, (t) =>
    Guest.visit(t, {}, async (guest) => {
      fill(guest.dir, 500);
      const all = await guest.listAll(1, 8192, plus);
      const handle = (await guest.open(1, 0, Opcode.OPENDIR)) as Uint8Array;
      for (const from of [300, 10, 11, 250, 12, 500]) {
        const batch = await guest.list(1, handle, all[from]!.cookie, 4096, plus);
        t.is(batch[0]?.name, all[from + 1]?.name, `after entry ${from}`);
      }
      t.is((await guest.list(1, handle, START, 4096, plus))[0]!.name, all[0]!.name);
      t.is((await guest.list(1, handle, all.at(-1)!.cookie, 4096, plus)).length, 0);
      await guest.release(1, handle, Opcode.RELEASEDIR);
    }));

  test(`${kind} does not lose entries when others are removed on the way`, (t) =>
    Guest.visit(t, {}, async (guest) => {
      fill(guest.dir, 1000);
      const handle = (await guest.open(1, 0, Opcode.OPENDIR)) as Uint8Array;
      let left = fs.readdirSync(guest.dir).length;
      for (let cookie: Uint8Array = START; ; ) {
        const batch = await guest.list(1, handle, cookie, 4096, plus);
        if (batch.length === 0) break;
        cookie = batch.at(-1)!.cookie;
        for (const { name } of batch.filter(({ name }) => name !== '.' && name !== '..')) {
          fs.rmSync(`${guest.dir}/${name}`);
          left--;
        }
      }
      t.is(left, 0);
      t.deepEqual(fs.readdirSync(guest.dir), []);
    }));
}

test('READDIRPLUS tells what LOOKUP tells', (t) =>
  Guest.visit(t, {}, async (guest) => {
    fill(guest.dir, 20);
    for (const { name, entry } of await guest.listAll(1, 4096, true)) {
      if (name === '.' || name === '..') t.is(entry!.node, 0);
      else t.deepEqual(entry, await guest.lookup(1, name));
    }
  }));

test('names that are not UTF-8 survive', (t) =>
  Guest.visit(t, {}, async (guest) => {
    const name = Buffer.from([0x66, 0xff, 0xc3, 0x28, 0x80]);
    fs.writeFileSync(Buffer.concat([Buffer.from(`${guest.dir}/`), name]), '');
    const listed = await guest.listAll(1, 4096);
    t.true(listed.some((entry) => entry.name === name.toString('latin1')));
    t.true((await guest.lookup(1, name)).node > 0);
  }));

test('the parent of the root is the root', (t) =>
  Guest.visit(t, {}, async (guest) => {
    const { ino } = fs.statSync(guest.dir);
    for (const { name, ino: listed } of await guest.listAll(1, 4096)) t.is(listed, ino, name);
  }));
