import fs from 'node:fs';
import os from 'node:os';
import test from 'ava';
import { Opcode } from '../../core/protocol/opcode.js';
import { GetxattrIn, SetxattrIn, StatxIn, StatxOut, Statx } from '../../core/protocol/structs.js';
import { text, words } from '../session/client.js';
import { Guest } from './guest.js';

const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_APPEND, O_TRUNC } = fs.constants;
const { EBADF, ENODATA, ERANGE } = os.constants.errno;
const O_TMPFILE = 0o20000000 | fs.constants.O_DIRECTORY;

test('an append goes to the end, wherever the guest believes it to be', (t) =>
  Guest.visit(t, {}, async (guest) => {
    const { entry, handle } = await guest.create(1, 'log', O_WRONLY | O_APPEND | O_CREAT);
    t.is(await guest.write(entry.node, handle, 0, 'one', O_WRONLY | O_APPEND), 3);
    fs.appendFileSync(`${guest.dir}/log`, 'two');
    t.is(await guest.write(entry.node, handle, 3, 'three', O_WRONLY | O_APPEND), 5);
    t.is(await guest.write(entry.node, handle, 0, 'O', O_WRONLY), 1, 'F_SETFL can take O_APPEND away');
    t.is(fs.readFileSync(`${guest.dir}/log`, 'utf8'), 'Onetwothree');
  }));

test('with a write-back cache, what is open for writing can be read', async (t) => {
  for (const writeback of [false, true]) {
    await Guest.visit(t, {}, async (guest) => {
      fs.writeFileSync(`${guest.dir}/f`, 'hello');
      const { node } = await guest.lookup(1, 'f');
      const handle = (await guest.open(node, O_WRONLY)) as Uint8Array;
      t.is(await guest.read(node, handle, 0, 10), writeback ? 'hello' : -EBADF);
    }, { writeback });
  }
});

test('O_TRUNC empties, and a file too large for 32 bits is read at its end', (t) =>
  Guest.visit(t, {}, async (guest) => {
    fs.writeFileSync(`${guest.dir}/f`, 'hello');
    const { node } = await guest.lookup(1, 'f');
    const handle = (await guest.open(node, O_RDWR | O_TRUNC)) as Uint8Array;
    t.is(fs.statSync(`${guest.dir}/f`).size, 0);
    t.is(await guest.write(node, handle, 6e9, 'far'), 3);
    t.is(await guest.read(node, handle, 6e9 + 1, 100), 'ar');
    t.is((await guest.getattr(node)).size, 6e9 + 3);
  }));

test('a temporary file has no name and is gone with its handle', (t) =>
  Guest.visit(t, { fileHandles: false }, async (guest) => {
    const { entry, handle } = await guest.create(1, '', O_RDWR | O_TMPFILE, 0o600, 0, Opcode.TMPFILE);
    t.deepEqual(fs.readdirSync(guest.dir), []);
    t.is(await guest.write(entry.node, handle, 0, 'x'), 1);
    t.like(await guest.getattr(entry.node), { size: 1, nlink: 0 });
  }));

test('extended attributes: sizes, values, lists', (t) =>
  Guest.visit(t, {}, async (guest) => {
    fs.writeFileSync(`${guest.dir}/f`, '');
    const { node } = await guest.lookup(1, 'f');
    const get = (size: number, name = 'user.key') => guest.call(Opcode.GETXATTR, node, Buffer.concat([words(GetxattrIn.size_, { [GetxattrIn.size]: size }), text(name)]));
    const value = Buffer.alloc(3000, 'v');
    const set = Buffer.concat([words(SetxattrIn.size_, { [SetxattrIn.size]: value.length }), text('user.key'), value]);
    t.is((await get(100)).error, -ENODATA);
    t.is(await guest.error(Opcode.SETXATTR, node, set), 0);
    t.is((await get(0)).body.getUint32(0, true), 3000);
    t.is((await get(2999)).error, -ERANGE);
    const { body } = await get(65536);
    t.deepEqual(Buffer.from(body.buffer, body.byteOffset, body.byteLength), value);
    const list = (await guest.call(Opcode.LISTXATTR, node, words(GetxattrIn.size_, { [GetxattrIn.size]: 1000 }))).body;
    t.true(Buffer.from(list.buffer, list.byteOffset, list.byteLength).toString().split('\0').includes('user.key'));
    t.is(await guest.error(Opcode.REMOVEXATTR, node, text('user.key')), 0);
    t.is((await get(100)).error, -ENODATA);
  }));

test('STATX tells the birth time', (t) =>
  Guest.visit(t, {}, async (guest) => {
    fs.writeFileSync(`${guest.dir}/f`, '');
    const { node } = await guest.lookup(1, 'f');
    const { body } = await guest.call(Opcode.STATX, node, words(StatxIn.size_, { [StatxIn.sx_mask]: 0xfff }));
    t.is(Number(body.getBigUint64(StatxOut.stat + Statx.btime, true)), Math.floor(fs.statSync(`${guest.dir}/f`).birthtimeMs / 1000));
  }));

test('a handle of another file, or none, reads nothing', (t) =>
  Guest.visit(t, {}, async (guest) => {
    fs.writeFileSync(`${guest.dir}/a`, 'a');
    fs.writeFileSync(`${guest.dir}/b`, 'b');
    const a = await guest.lookup(1, 'a');
    const b = await guest.lookup(1, 'b');
    const handle = (await guest.open(a.node, O_RDONLY)) as Uint8Array;
    t.is(await guest.read(a.node, handle, 0, 10), 'a');
    t.is(await guest.read(b.node, handle, 0, 10), -EBADF);
    t.is(await guest.read(b.node, new Uint8Array(8), 0, 10), -EBADF);
  }));
