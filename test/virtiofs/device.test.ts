import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { UserError } from '../../core/errors.js';
import { Opcode } from '../../core/protocol/opcode.js';
import { InitIn, InitOut, OutHeader } from '../../core/protocol/structs.js';
import { native } from '../../native/index.js';
import { VirtqueueFlag } from '../../native/virtqueue.js';
import * as protocol from '../../transports/virtiofs/protocol/index.js';
import { Listener } from '../../transports/listener.js';
import { FrontEnd, Guest } from './front-end.js';
import { DescriptorFlag, GUEST, message, Ring, USER } from './ring.js';
import { share } from './share.js';

const { FrontendRequest } = protocol;
const state = (index: number, value: number) => protocol.encodeVringState({ index, value });
const u64 = (payload: Uint8Array) => protocol.decodeU64(payload) as bigint;
/** A whole turn of the event loop, which both ends share: what was sent before has been seen after it. */
const turn = async () => {
  await new Promise(setImmediate);
  await new Promise(setImmediate);
};
const openFds = () => readdirSync('/proc/self/fd').length;

/** Offers a request as one indirect descriptor: `bytes` readable and 512 bytes writable, at 0x10000 + head * 0x400. */
function offer(ring: Ring, head: number, opcode: Opcode, body?: Uint8Array): void {
  const at = 0x1_0000 + head * 0x400;
  const bytes = message(opcode, body);
  new DataView(bytes.buffer).setBigUint64(8, BigInt(head + 1), true);
  new DataView(bytes.buffer).setBigUint64(16, 1n, true);
  ring.bytes.set(bytes, at + 0x20);
  ring.describe(0, at + 0x20, bytes.length, DescriptorFlag.NEXT, 1, at);
  ring.describe(1, at + 0x200, 0x200, DescriptorFlag.WRITE, 0, at);
  ring.describe(head, at, 32, DescriptorFlag.INDIRECT);
  ring.offer(head);
}

/** The reply to the request offered at `head`: length, error and body. */
function replied(ring: Ring, head: number): { length: number; error: number; body: DataView } {
  const at = 0x1_0000 + head * 0x400 + 0x200;
  const length = ring.view.getUint32(at, true);
  return { length, error: ring.view.getInt32(at + 4, true), body: new DataView(ring.view.buffer, at + OutHeader.size_, 0x100) };
}

function offerInit(ring: Ring, head = 0): void {
  const body = new Uint8Array(InitIn.size_);
  new DataView(body.buffer).setUint32(InitIn.major, 7, true);
  new DataView(body.buffer).setUint32(InitIn.minor, 38, true);
  offer(ring, head, Opcode.INIT, body);
}

/** A guest that is gone at the end of the test. */
function attach(t: ExecutionContext, socket: string, ring?: Ring): Guest {
  const guest = new Guest(socket, ring);
  t.teardown(() => guest.close());
  return guest;
}

/** A guest whose ring runs and whose session has begun: used index 1. */
async function started(t: ExecutionContext, socket: string, ring?: Ring): Promise<Guest> {
  const guest = attach(t, socket, ring);
  await guest.start();
  offerInit(guest.ring);
  guest.kick();
  await guest.used(1);
  return guest;
}

test('a front-end learns features, queues, memory slots and the config space', async (t) => {
  const { socket } = await share(t, 3);
  const frontEnd = new FrontEnd(socket);
  t.is(u64(await frontEnd.ask(FrontendRequest.GET_FEATURES)), 0x1_7400_0000n);
  t.is(u64(await frontEnd.ask(FrontendRequest.GET_PROTOCOL_FEATURES)), 0xb22bn);
  t.is(u64(await frontEnd.ask(FrontendRequest.GET_QUEUE_NUM)), 4n);
  t.is(u64(await frontEnd.ask(FrontendRequest.GET_MAX_MEM_SLOTS)), 509n);
  const window = (offset: number, size: number) => protocol.encodeDeviceConfig({ offset, flags: 0, data: new Uint8Array(size) });
  const whole = protocol.decodeDeviceConfig(await frontEnd.ask(FrontendRequest.GET_CONFIG, window(0, 40))) as protocol.DeviceConfig;
  t.deepEqual(protocol.decodeConfigSpace(whole.data), { tag: 'tag', requestQueues: 3 });
  const beyond = protocol.decodeDeviceConfig(await frontEnd.ask(FrontendRequest.GET_CONFIG, window(1, 255))) as protocol.DeviceConfig;
  t.is(Buffer.from(beyond.data.subarray(0, 3)).toString(), 'ag\0');
  t.is(beyond.data[254], 0);
  frontEnd.close();
});

test('a guest mounts: INIT comes by kick, its reply by call', async (t) => {
  const { socket, mount } = await share(t);
  const guest = await started(t, socket);
  const { length, error, body } = replied(guest.ring, 0);
  t.is(error, 0);
  t.is(length, OutHeader.size_ + InitOut.size_);
  t.is(body.getUint32(InitOut.major, true), 7);
  t.deepEqual(guest.ring.element(0), [0, length]);
  t.is(mount.sessions.size, 1);
});

test('header and payload may come in pieces, and payloads may be longer than needed', async (t) => {
  const { socket } = await share(t);
  const frontEnd = new FrontEnd(socket);
  await frontEnd.order(FrontendRequest.SET_PROTOCOL_FEATURES, protocol.encodeU64(protocol.featureSet(protocol.ProtocolFeature.REPLY_ACK)));
  const bytes = protocol.encodeMessage(FrontendRequest.SET_OWNER, protocol.HeaderFlag.NEED_REPLY, new Uint8Array(300));
  for (let at = 0; at < bytes.length; at += 7) {
    frontEnd.write(bytes.subarray(at, at + 7));
    await turn();
  }
  t.is(u64(await frontEnd.reply(FrontendRequest.SET_OWNER)), 0n);
  frontEnd.close();
});

test.serial('guests come and go without a restart, and leave nothing behind', async (t) => {
  const { socket, mount } = await share(t);
  const visit = async () => {
    const guest = new Guest(socket);
    await guest.start();
    offerInit(guest.ring);
    offer(guest.ring, 1, Opcode.STATFS);
    guest.kick();
    await guest.used(2);
    t.is(replied(guest.ring, 1).error, 0);
    guest.close();
  };
  await visit();
  await new FrontEndProbe(socket).gone();
  const before = openFds();
  for (let i = 0; i < 20; i++) await visit();
  await new FrontEndProbe(socket).gone();
  t.is(openFds(), before);
  t.is(mount.sessions.size, 0);
});

test('a second front-end is turned away, the first goes on', async (t) => {
  const { socket, warnings } = await share(t);
  const guest = await started(t, socket);
  const second = new FrontEnd(socket);
  await second.end();
  second.close();
  t.is(warnings.length, 1);
  offer(guest.ring, 1, Opcode.STATFS);
  guest.kick();
  await guest.used(2);
  t.is(replied(guest.ring, 1).error, 0);
});

test('what is in the ring at its start is served without a kick', async (t) => {
  const { socket } = await share(t);
  const guest = attach(t, socket);
  offerInit(guest.ring);
  await guest.start();
  await guest.used(1);
  t.is(replied(guest.ring, 0).error, 0);
});

test('a front-end that knows no protocol features never enables its rings, and is served', async (t) => {
  const { socket } = await share(t);
  const guest = attach(t, socket);
  const { frontEnd, ring } = guest;
  const { descriptors, available, used } = ring.layout;
  const fd = protocol.encodeVringFd({ index: 1, hasFd: true });
  const region = { guestAddress: GUEST, size: ring.bytes.length, userAddress: USER, offset: 0 };
  offerInit(ring);
  const features = protocol.featureSet(protocol.Feature.VERSION_1, protocol.Feature.EVENT_IDX, protocol.Feature.INDIRECT_DESC);
  frontEnd.send(FrontendRequest.SET_FEATURES, protocol.encodeU64(features));
  frontEnd.send(FrontendRequest.SET_MEM_TABLE, protocol.encodeMemoryTable([region]), [ring.fd]);
  frontEnd.send(FrontendRequest.SET_VRING_NUM, state(1, ring.size));
  frontEnd.send(FrontendRequest.SET_VRING_BASE, state(1, 0));
  frontEnd.send(FrontendRequest.SET_VRING_ADDR, protocol.encodeVringAddress({ index: 1, descriptors, available, used }));
  frontEnd.send(FrontendRequest.SET_VRING_CALL, fd, [ring.call]);
  frontEnd.send(FrontendRequest.SET_VRING_KICK, fd, [guest.kickFd]);
  await guest.used(1);
  t.is(replied(ring, 0).error, 0);
});

test('a disabled ring is not served; enabled again it goes on without a kick', async (t) => {
  const { socket } = await share(t);
  const guest = await started(t, socket);
  await guest.succeed(FrontendRequest.SET_VRING_ENABLE, state(1, 0));
  offer(guest.ring, 1, Opcode.STATFS);
  guest.kick();
  await guest.succeed(FrontendRequest.SET_OWNER);
  await turn();
  t.is(guest.ring.used, 1);
  await guest.succeed(FrontendRequest.SET_VRING_ENABLE, state(1, 1));
  await guest.used(2);
  t.is(replied(guest.ring, 1).error, 0);
});

test('GET_VRING_BASE waits for what is in flight, fetches nothing more, and the ring goes on from there', async (t) => {
  const { socket, files } = await share(t);
  const guest = await started(t, socket);
  offer(guest.ring, 1, Opcode.READLINK);
  guest.kick();
  await files.has(1);
  const stopped = guest.frontEnd.ask(FrontendRequest.GET_VRING_BASE, state(1, 0));
  await turn();
  offer(guest.ring, 2, Opcode.STATFS);
  guest.kick();
  await turn();
  t.is(guest.ring.used, 1);
  files.waiting[0]!();
  t.deepEqual(protocol.decodeVringState(await stopped), { index: 1, value: 2 });
  t.is(guest.ring.used, 2);
  t.is(replied(guest.ring, 1).length, OutHeader.size_ + 'target'.length);

  guest.frontEnd.send(FrontendRequest.SET_VRING_ENABLE, state(1, 1));
  await guest.startRing(1, 2);
  await guest.used(3);
  t.is(replied(guest.ring, 2).error, 0, 'the session lives on: a guest that was only paused sends no second INIT');
});

test('a ring that is stopped while a request waits for ever interrupts it', async (t) => {
  const { socket, files } = await share(t);
  const guest = await started(t, socket);
  offer(guest.ring, 1, Opcode.READLINK);
  guest.kick();
  await files.has(1);
  t.deepEqual(protocol.decodeVringState(await guest.frontEnd.ask(FrontendRequest.GET_VRING_BASE, state(1, 0))), { index: 1, value: 2 });
  t.is(files.interrupted, 1);
  t.is(replied(guest.ring, 1).error, -4);
});

test('more requests than slots are all answered, without further kicks', async (t) => {
  const { socket, files } = await share(t);
  const ring = new Ring(1024, VirtqueueFlag.EVENT_INDEX | VirtqueueFlag.INDIRECT, 0, 2 << 20);
  const guest = await started(t, socket, ring);
  const count = 700;
  for (let head = 1; head <= count; head++) offer(ring, head, Opcode.READLINK);
  guest.kick();
  for (let answered = 0; answered < count; answered++) {
    await files.has(answered + 1);
    files.waiting[answered]!();
  }
  await guest.used(1 + count);
  t.is(replied(ring, count).length, OutHeader.size_ + 'target'.length);
});

test('RESET_DEVICE ends the session and stops the rings', async (t) => {
  const { socket, mount } = await share(t);
  const guest = await started(t, socket);
  await guest.succeed(FrontendRequest.RESET_DEVICE);
  t.is(mount.sessions.size, 0);
  guest.ring.available = guest.ring.used;
  await guest.startRing(1, 1);
  await guest.succeed(FrontendRequest.SET_VRING_ENABLE, state(1, 1));
  offer(guest.ring, 1, Opcode.STATFS);
  guest.kick();
  await guest.used(2);
  t.is(replied(guest.ring, 1).error, -5, 'no INIT yet');
});

test('a guest that disconnects with a request in flight gets no answer, and the handler is interrupted', async (t) => {
  const { socket, files, mount } = await share(t);
  const guest = await started(t, socket);
  offer(guest.ring, 1, Opcode.READLINK);
  guest.kick();
  await files.has(1);
  guest.frontEnd.close();
  await new FrontEndProbe(socket).gone();
  t.is(files.interrupted, 1);
  t.is(mount.sessions.size, 0);
  t.is(guest.ring.used, 1);
});

test('orders that make no sense are refused and change nothing', async (t) => {
  const { socket } = await share(t);
  const guest = await started(t, socket);
  const { frontEnd } = guest;
  const refused = async (request: number, payload?: Uint8Array, fds: number[] = []) => t.not(await frontEnd.order(request, payload, fds), 0);
  await refused(FrontendRequest.SET_FEATURES, protocol.encodeU64(1n << 34n));
  await refused(FrontendRequest.SET_VRING_NUM, state(0, 100));
  await refused(FrontendRequest.SET_VRING_NUM, state(1, 16));
  await refused(FrontendRequest.SET_VRING_ENABLE, state(2, 1));
  await refused(FrontendRequest.SET_VRING_KICK, protocol.encodeVringFd({ index: 0, hasFd: false }));
  await refused(FrontendRequest.SET_MEM_TABLE, protocol.encodeMemoryTable([{ guestAddress: 0, size: 4096, userAddress: 0, offset: 0 }]));
  await refused(FrontendRequest.SET_BACKEND_REQ_FD);
  await refused(999, new Uint8Array(16));
  await refused(FrontendRequest.SET_VRING_ADDR, new Uint8Array(8));
});

test('memory can be added and taken away while a ring runs', async (t) => {
  const { socket } = await share(t);
  const guest = await started(t, socket);
  const region = { guestAddress: 0x1000, size: 4096, userAddress: 0x1000, offset: 0 };
  t.is(await guest.frontEnd.order(FrontendRequest.ADD_MEM_REG, protocol.encodeMemoryRegion(region), [guest.ring.fd]), 0);
  t.is(await guest.frontEnd.order(FrontendRequest.REM_MEM_REG, protocol.encodeMemoryRegion(region)), 0);
  t.not(await guest.frontEnd.order(FrontendRequest.REM_MEM_REG, protocol.encodeMemoryRegion(region)), 0);
  await guest.setMemory();
  offer(guest.ring, 1, Opcode.STATFS);
  guest.kick();
  await guest.used(2);
  t.is(replied(guest.ring, 1).error, 0);
});

test('the call descriptor may be changed while the ring runs', async (t) => {
  const { socket } = await share(t);
  const guest = await started(t, socket);
  await guest.succeed(FrontendRequest.SET_VRING_CALL, protocol.encodeVringFd({ index: 1, hasFd: false }));
  await guest.succeed(FrontendRequest.SET_VRING_CALL, protocol.encodeVringFd({ index: 1, hasFd: true }), [guest.ring.call]);
  offer(guest.ring, 1, Opcode.STATFS);
  guest.kick();
  await guest.used(2);
  t.is(replied(guest.ring, 1).error, 0);
});

test('a guest that breaks its ring is logged once, and its front-end is told', async (t) => {
  const { socket, warnings } = await share(t);
  const guest = await started(t, socket);
  const error = native.eventfdCreate();
  await guest.succeed(FrontendRequest.SET_VRING_ERR, protocol.encodeVringFd({ index: 1, hasFd: true }), [error]);
  guest.ring.available += 100;
  guest.kick();
  await guest.succeed(FrontendRequest.SET_OWNER);
  await turn();
  guest.kick();
  await turn();
  t.deepEqual(warnings, ['the guest broke a virtqueue, which is served no further']);
  t.is(native.eventfdRead(error), 1);
  native.closeFd(error);
});

test('any bytes on the socket are followed or end the connection; the next front-end is served', async (t) => {
  const { socket } = await share(t);
  const known = fc.record({ request: fc.integer({ min: 0, max: 50 }), flags: fc.constantFrom(1, 9), payload: fc.uint8Array({ maxLength: 80 }) })
    .map(({ request, flags, payload }) => protocol.encodeMessage(request, flags, payload));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(known, known, fc.uint8Array({ maxLength: 40 })), { maxLength: 12 }), async (pieces) => {
      const frontEnd = new FrontEnd(socket);
      for (const piece of pieces) if (piece.length > 0) frontEnd.write(piece);
      frontEnd.close();
      const next = new FrontEnd(socket);
      const features = u64(await next.ask(FrontendRequest.GET_FEATURES));
      next.close();
      return features === 0x1_7400_0000n;
    }),
    { numRuns: 200 },
  );
  t.pass();
});

test('a socket file left behind is replaced, one that is served is refused, and so is another file', async (t) => {
  const { socket } = await share(t);
  const served = t.throws(() => Listener.open(socket, 0o600, () => {}), { instanceOf: UserError });
  t.regex(served!.message, /already served/);
  const file = `${socket}.txt`;
  writeFileSync(file, '');
  t.throws(() => Listener.open(file, 0o600, () => {}), { instanceOf: UserError });
  t.true(existsSync(file));
  const stale = `${socket}.stale`;
  native.closeFd(native.socketListen(stale, 0o600));
  const listener = Listener.open(stale, 0o640, () => {});
  t.is(statSync(stale).mode & 0o777, 0o640);
  listener.close();
  t.false(existsSync(stale));
});

/** Waits until the server has seen off the guest before: it takes the next front-end only then. */
class FrontEndProbe extends FrontEnd {
  async gone(): Promise<void> {
    await this.ask(FrontendRequest.GET_FEATURES);
    this.close();
    await turn();
  }
}
