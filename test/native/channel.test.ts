import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { PAYLOAD_SIZE, REQUEST_SIZE, Slot } from '../../core/channel/slot.js';
import { Opcode } from '../../core/protocol/opcode.js';
import { native, slab } from '../../native/index.js';
import { allocate, release } from '../../native/slab-pool.js';
import { LoopbackChannel } from '../../transports/loopback/channel.js';

const { EBADF, EFAULT, EINVAL, ENOTCONN } = constants.errno;
const dir = mkdtempSync(path.join(tmpdir(), 'fusewire-'));
test.after.always(() => rmSync(dir, { recursive: true }));

const noise = (length: number, seed = 1): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => (index * 31 + (index >>> 8) * 7 + seed) & 0xff);

/** A request of `length` bytes whose header names `opcode`. */
function message(length: number, opcode: Opcode): Uint8Array {
  const bytes = noise(length);
  if (length >= 8) new DataView(bytes.buffer).setUint32(4, opcode, true);
  return bytes;
}

/** A channel that holds `bytes` as a request, in the slot returned. */
function hold(bytes: Uint8Array): { channel: LoopbackChannel; slot: number; reply: Promise<Uint8Array> } {
  const channel = new LoopbackChannel(1, () => undefined);
  const reply = channel.request(bytes);
  if (channel.drain(0) !== 1) throw new Error('the request was not listed');
  return { channel, slot: channel.ready[0], reply };
}

const word = (channel: LoopbackChannel, slot: number, at: number): number =>
  slab.u32[(channel.base + slot * Slot.SIZE + at) >>> 2];

/** Lengths around every edge: header, WRITE's arguments, what a slot holds, what a message can be. */
const length = fc.oneof(
  fc.constantFrom(0, 1, 39, 40, 41, 80, 81, REQUEST_SIZE - 1, REQUEST_SIZE, REQUEST_SIZE + 1, PAYLOAD_SIZE),
  fc.nat(3 * REQUEST_SIZE),
);
const place = fc.oneof(fc.nat(3 * REQUEST_SIZE), fc.constantFrom(0, REQUEST_SIZE, PAYLOAD_SIZE, 0xffff_ffff));

test('a request stands in its slot whole, but WRITE leaves its data behind', async (t) => {
  await fc.assert(fc.asyncProperty(length, fc.constantFrom(Opcode.WRITE, Opcode.LOOKUP), async (size, opcode) => {
    const bytes = message(size, opcode);
    const { channel, slot, reply } = hold(bytes);
    const inline = Math.min(size, opcode === Opcode.WRITE && size >= 40 ? 80 : REQUEST_SIZE);
    t.is(word(channel, slot, Slot.inLength), size);
    t.is(word(channel, slot, Slot.inInline), inline);
    t.is(word(channel, slot, Slot.outCapacity), PAYLOAD_SIZE);
    const at = channel.base + slot * Slot.SIZE + Slot.request;
    t.is(Buffer.compare(slab.u8.subarray(at, at + inline), bytes.subarray(0, inline)), 0);
    channel.finish(slot, 0, 0);
    t.is((await reply).length, 0);
    channel.close();
  }));
});

test('get moves the bytes asked for that the message has, and no other', (t) => {
  const scratch = allocate(2 * PAYLOAD_SIZE);
  const file = openSync(path.join(dir, 'get'), 'w+');
  fc.assert(fc.property(length, place, place, (size, at, wanted) => {
    const bytes = message(size, Opcode.SETXATTR);
    const { channel, slot } = hold(bytes);
    const expected = bytes.subarray(at, at + wanted);
    const target = new Uint8Array(expected.length + 20).fill(0xee);
    t.is(channel.get(slot, at, target, 10, expected.length), expected.length);
    t.is(Buffer.compare(target.subarray(10, -10), expected), 0);
    t.true(target.subarray(0, 10).every((byte) => byte === 0xee) && target.subarray(-10).every((byte) => byte === 0xee));

    const room = Math.min(wanted, 2 * PAYLOAD_SIZE);
    slab.u8.fill(0xee, scratch, scratch + expected.length + 10);
    t.is(channel.getToSlab(slot, at, scratch, room), expected.length);
    t.is(Buffer.compare(slab.u8.subarray(scratch, scratch + expected.length), expected), 0);
    t.is(slab.u8[scratch + expected.length], 0xee);

    t.is(channel.getToFd(slot, at, file, 0, wanted, 0), expected.length);
    t.is(Buffer.compare(readFileSync(path.join(dir, 'get')).subarray(0, expected.length), expected), 0);
    channel.finish(slot, 0, 0);
    channel.close();
  }), { numRuns: 200 });
  closeSync(file);
  release(scratch, 2 * PAYLOAD_SIZE);
});

test('a request may be moved into its own payload buffer, wherever there', (t) => {
  const bytes = message(40_000, Opcode.WRITE);
  for (const [at, offset] of [[80, 0], [0, 0], [0, 4096], [80, 80], [100, 90_000]]) {
    const { channel, slot } = hold(bytes);
    const target = channel.payload(slot) + offset;
    t.is(channel.getToSlab(slot, at, target, bytes.length), bytes.length - at);
    t.is(Buffer.compare(slab.u8.subarray(target, target + bytes.length - at), bytes.subarray(at)), 0);
    channel.finish(slot, 0, 0);
    channel.close();
  }
});

test('put fills the reply from every source and stops at its room', async (t) => {
  const { channel, slot, reply } = hold(message(80, Opcode.READ));
  const bytes = noise(5000, 3);
  writeFileSync(path.join(dir, 'put'), bytes);
  const file = openSync(path.join(dir, 'put'), 'r');
  const scratch = allocate(5000);
  slab.u8.set(bytes, scratch);
  t.is(channel.put(slot, 16, bytes, 0, 1000), 1000);
  t.is(channel.putFromSlab(slot, 1016, scratch + 1000, 1000), 1000);
  t.is(channel.putFromFd(slot, 2016, file, 2000, 1000), 1000);
  t.is(channel.putFromFd(slot, 3016, file, 3000, 9000), 2000, 'end of file');
  t.is(channel.put(slot, PAYLOAD_SIZE - 10, bytes, 0, 1000), 10);
  t.is(channel.putFromSlab(slot, PAYLOAD_SIZE, scratch, 1000), 0);
  t.is(channel.putFromFd(slot, 0xffff_ffff, file, 0, 1000), 0);
  slab.u8.set(noise(16, 9), channel.base + slot * Slot.SIZE + Slot.reply);
  channel.finish(slot, 16, 5000);
  const received = await reply;
  t.deepEqual(received.subarray(0, 16), noise(16, 9));
  t.is(Buffer.compare(received.subarray(16), bytes), 0);
  release(scratch, 5000);
  closeSync(file);
  channel.close();
});

test('-1 as offset means the file\'s own position, and flags reach pwritev2', (t) => {
  const bytes = message(REQUEST_SIZE + 500, Opcode.WRITE);
  const { channel, slot } = hold(bytes);
  const file = openSync(path.join(dir, 'position'), 'w+');
  t.is(channel.getToFd(slot, 80, file, -1, 100, 0), 100);
  t.is(channel.getToFd(slot, 180, file, -1, bytes.length, 0), bytes.length - 180);
  t.is(Buffer.compare(readFileSync(path.join(dir, 'position')), bytes.subarray(80)), 0);
  t.is(channel.getToFd(slot, 80, file, -2, 100, 0), -EINVAL);
  t.is(channel.getToFd(slot, 80, file, 0, 100, 0x4000_0000), -constants.errno.EOPNOTSUPP);
  t.is(channel.getToFd(slot, 80, -1, 0, 100, 0), -EBADF);
  closeSync(file);
  channel.finish(slot, 0, 0);
  channel.close();
});

test('what lies outside the slab or an array is refused', (t) => {
  const { channel, slot } = hold(message(100, Opcode.LOOKUP));
  const end = slab.buffer.byteLength;
  t.is(channel.getToSlab(slot, 0, end - 99, 100), -EFAULT);
  t.is(channel.getToSlab(slot, 0, 0xffff_ffff, 0xffff_ffff), -EFAULT);
  t.is(channel.putFromSlab(slot, 0, end, 1), -EFAULT);
  t.is(channel.get(slot, 0, new Uint8Array(10), 5, 6), -EFAULT);
  t.is(channel.put(slot, 0, new Uint8Array(10), 0xffff_ffff, 0xffff_ffff), -EFAULT);
  t.is(channel.get(slot, 0, new Float64Array(4) as never, 0, 4), -EFAULT);
  channel.finish(slot, 0, 0);
  channel.close();
});

test('a listing outside the slab, or of a channel that is not there, is refused, and none at all is one of nothing', (t) => {
  const channel = new LoopbackChannel(1, () => undefined);
  const places = allocate(4096);
  const list = (id: number, records: number, size: number, out: number, room: number, identity: number, listed: number) =>
    native.channelList(id, -1, 1, records, size, out, room, identity, listed);
  const { id } = channel as unknown as { id: number };
  const good = [places, 1024, places + 1024, 1024, places + 2048, places + 2112] as const;
  const end = slab.buffer.byteLength;
  slab.u32.fill(7, (places + 2112) >> 2, (places + 2124) >> 2);
  t.is(list(id, ...good), 0);
  t.deepEqual([...slab.u32.subarray((places + 2112) >> 2, (places + 2124) >> 2)], [0, 0, 0]);
  t.is(list(999, ...good), -EBADF);
  for (const [at, value] of [[0, end - 8], [1, end], [2, end - 8], [3, end], [4, end - 8], [5, end - 8], [0, places + 4], [2, places + 4], [4, places + 4], [5, places + 4]] as const) {
    t.is(list(id, ...(good.with(at, value) as unknown as typeof good)), -EFAULT, `${at}: ${value}`);
  }
  release(places, 4096);
  channel.close();
});

test('slots and channels that are not in use are refused', (t) => {
  const { channel, slot } = hold(message(100, Opcode.LOOKUP));
  const target = new Uint8Array(8);
  for (const other of [1, -1, 0x7fff_ffff]) {
    t.is(channel.get(other, 0, target, 0, 8), -EBADF);
    channel.finish(other, 16, 0);
  }
  t.is(channel.get(slot, 0, target, 0, 8), 8);
  channel.finish(slot, 0, 0);
  channel.finish(slot, 0, 0);
  t.is(channel.get(slot, 0, target, 0, 8), -EBADF);
  t.false(channel.full);
  channel.close();
  t.is(channel.drain(0), -EBADF);
  for (const id of [-1, 0x7fff_ffff]) {
    t.is(native.channelDrain(id, 0), -EBADF);
    t.is(native.channelGet(id, 0, 0, target, 0, 8), -EBADF);
    t.is(native.channelClose(id), -EBADF);
  }
});

test.serial('a slot held over the end of its channel keeps its memory until it is finished', async (t) => {
  const { channel, slot, reply } = hold(message(100, Opcode.LOOKUP));
  channel.close();
  await t.throwsAsync(reply, { message: /closed/ });
  const next = new LoopbackChannel(1, () => undefined);
  t.not(next.base, channel.base);
  t.is(channel.get(slot, 0, new Uint8Array(8), 0, 8), -ENOTCONN);
  t.is(channel.put(slot, 0, new Uint8Array(8), 0, 8), -ENOTCONN);
  t.is(channel.drain(0), -ENOTCONN);
  channel.finish(slot, 16, 0);
  const third = new LoopbackChannel(1, () => undefined);
  t.is(third.base, channel.base);
  next.close();
  third.close();
});

test('channels come and go without using up the slab', (t) => {
  for (let i = 0; i < 200; i++) {
    const channels = [new LoopbackChannel(100, () => undefined), new LoopbackChannel(300, () => undefined)];
    for (const channel of channels) channel.close();
  }
  t.throws(() => new LoopbackChannel(2000, () => undefined), { message: /slab/ });
  t.throws(() => new LoopbackChannel(0, () => undefined), { message: /errno 22/ });
  const last = new LoopbackChannel(1000, () => undefined);
  last.close();
});
