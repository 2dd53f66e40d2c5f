import { constants as fs, openSync, closeSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { native } from '../../../native/index.js';
import * as protocol from '../../../transports/virtiofs/protocol/index.js';
import type { FrontEnd } from '../../virtiofs/front-end.js';
import { GUEST, USER } from '../../virtiofs/ring.js';
import type { HostileCase } from '../case.js';
import type { World } from '../world.js';

const { FrontendRequest, HeaderFlag, Feature, ProtocolFeature, encodeMessage, encodeU64, encodeVringState, encodeVringAddress, encodeVringFd, encodeMemoryRegion, encodeMemoryTable, encodeInflight } = protocol;
const NONE = new Uint8Array(0);
const ACK = encodeU64(protocol.featureSet(ProtocolFeature.MQ, ProtocolFeature.REPLY_ACK));

/** A front-end whose messages are acknowledged from now on. */
async function acknowledged(world: World): Promise<FrontEnd> {
  const frontEnd = world.frontEnd();
  await frontEnd.order(FrontendRequest.SET_PROTOCOL_FEATURES, ACK);
  return frontEnd;
}

/** The answer to one message: its acknowledgement, or the end of the connection. */
async function send(frontEnd: FrontEnd, request: number, payload: Uint8Array = NONE, fds: readonly number[] = []): Promise<string> {
  try {
    return (await frontEnd.order(request, payload, fds)) === 0 ? 'accepted' : 'refused';
  } catch (error) {
    if (frontEnd.ended) return 'hung up';
    throw error;
  }
}

/** Whether the device still answers, or has hung up. */
async function alive(frontEnd: FrontEnd): Promise<string> {
  try {
    await frontEnd.ask(FrontendRequest.GET_FEATURES);
    return 'accepted';
  } catch (error) {
    if (frontEnd.ended) return 'hung up';
    throw error;
  }
}

function told(name: string, expected: string, request: number, payload?: Uint8Array, before: (frontEnd: FrontEnd) => Promise<unknown> = async () => {}): HostileCase {
  return {
    name: `message: ${name}`,
    expected,
    async run(world) {
      const frontEnd = await acknowledged(world);
      await before(frontEnd);
      return send(frontEnd, request, payload);
    },
  };
}

/** Bytes as they are; then whether the device is still there. */
function raw(name: string, expected: string, write: (frontEnd: FrontEnd) => void): HostileCase {
  return {
    name: `message: ${name}`,
    expected,
    run(world) {
      const frontEnd = world.frontEnd();
      write(frontEnd);
      return alive(frontEnd);
    },
  };
}

function header(request: number, flags: number, size: number): Uint8Array {
  const words = Uint32Array.of(request, flags, size);
  return new Uint8Array(words.buffer);
}

/** A message with a memory file, or another descriptor that `make` makes. */
function withFd(name: string, expected: string, make: () => number, run: (frontEnd: FrontEnd, fd: number) => Promise<string>): HostileCase {
  return {
    name: `message: ${name}`,
    expected,
    async run(world) {
      const fd = make();
      try {
        return await run(await acknowledged(world), fd);
      } finally {
        closeSync(fd);
      }
    },
  };
}

const memfd = (): number => native.memfdCreate('hostile', 1 << 20);
const region = (changes: Partial<protocol.MemoryRegion> = {}): protocol.MemoryRegion => ({ guestAddress: GUEST, size: 1 << 20, userAddress: USER, offset: 0, ...changes });
const add = (frontEnd: FrontEnd, fd: number, changes: Partial<protocol.MemoryRegion>): Promise<string> => send(frontEnd, FrontendRequest.ADD_MEM_REG, encodeMemoryRegion(region(changes)), [fd]);
const ring = (index: number, value: number): Uint8Array => encodeVringState({ index, value });

/** A ring whose parts are where a guest says, until it starts. */
function placed(name: string, expected: string, address: Partial<protocol.VringAddress>, size = 8): HostileCase {
  return withFd(name, expected, memfd, async (frontEnd, fd) => {
    await frontEnd.order(FrontendRequest.SET_FEATURES, encodeU64(protocol.featureSet(Feature.VERSION_1, Feature.PROTOCOL_FEATURES, Feature.EVENT_IDX)));
    await add(frontEnd, fd, {});
    await frontEnd.order(FrontendRequest.SET_VRING_NUM, ring(1, size));
    const refused = await send(frontEnd, FrontendRequest.SET_VRING_ADDR, encodeVringAddress({ index: 1, descriptors: USER, available: USER + 0x1000, used: USER + 0x2000, ...address }));
    if (refused !== 'accepted') return refused;
    const kick = native.eventfdCreate();
    await frontEnd.order(FrontendRequest.SET_VRING_KICK, encodeVringFd({ index: 1, hasFd: true }), [kick]);
    native.closeFd(kick);
    return send(frontEnd, FrontendRequest.SET_VRING_ENABLE, ring(1, 1));
  });
}

/** A message of each kind that takes a payload, with none. Those that have an answer can have none to this. */
const EMPTY: readonly [keyof typeof FrontendRequest, string][] = [
  ['SET_FEATURES', 'refused'], ['SET_PROTOCOL_FEATURES', 'refused'], ['SET_MEM_TABLE', 'refused'], ['SET_VRING_NUM', 'refused'], ['SET_VRING_ADDR', 'refused'],
  ['SET_VRING_BASE', 'refused'], ['GET_VRING_BASE', 'hung up'], ['SET_VRING_KICK', 'refused'], ['SET_VRING_CALL', 'refused'], ['SET_VRING_ERR', 'refused'],
  ['SET_VRING_ENABLE', 'refused'], ['SET_BACKEND_REQ_FD', 'refused'], ['GET_CONFIG', 'hung up'], ['GET_INFLIGHT_FD', 'hung up'], ['SET_INFLIGHT_FD', 'refused'],
  ['ADD_MEM_REG', 'refused'], ['REM_MEM_REG', 'refused'],
];

export const messageCases: readonly HostileCase[] = [
  ...[0, 2, 3].map((version) => raw(`a header of version ${version}`, 'hung up', (frontEnd) => frontEnd.write(header(FrontendRequest.GET_FEATURES, version, 0)))),
  ...[4097, 0xffff_ffff].map((size) => raw(`a header that announces ${size} bytes`, 'hung up', (frontEnd) => frontEnd.write(header(FrontendRequest.SET_FEATURES, 1, size)))),
  raw('a message byte by byte', 'accepted', (frontEnd) => {
    for (const byte of encodeMessage(FrontendRequest.SET_OWNER, 0)) frontEnd.write(Uint8Array.of(byte));
  }),
  raw('three messages in one piece', 'accepted', (frontEnd) => frontEnd.write(Buffer.concat([1, 2, 3].map(() => encodeMessage(FrontendRequest.SET_OWNER, 0))))),
  {
    name: 'message: half of a header, with a descriptor, and the end',
    expected: 'accepted',
    async run(world) {
      const first = world.frontEnd();
      const fd = memfd();
      first.write(header(FrontendRequest.SET_MEM_TABLE, 1, 40).subarray(0, 6), [fd]);
      native.closeFd(fd);
      first.close();
      return alive(world.frontEnd());
    },
  },
  {
    name: 'message: half of a payload, and the end',
    expected: 'accepted',
    async run(world) {
      const first = world.frontEnd();
      first.write(header(FrontendRequest.SET_FEATURES, 1, 8));
      first.write(new Uint8Array(4));
      first.close();
      return alive(world.frontEnd());
    },
  },
  ...[0, 45, 1000, 0xffff_ffff].map((request) => told(`request ${request}, which there is not`, 'refused', request)),
  ...(['SEND_RARP', 'NET_SET_MTU', 'IOTLB_MSG', 'SET_VRING_ENDIAN', 'CREATE_CRYPTO_SESSION', 'POSTCOPY_ADVISE', 'GPU_SET_SOCKET'] as const)
    .map((name) => told(`${name}, which is for other devices`, 'refused', FrontendRequest[name], new Uint8Array(8))),
  ...EMPTY.map(([name, answer]) => told(`${name} without a payload`, answer, FrontendRequest[name])),
  told('features that were not offered', 'refused', FrontendRequest.SET_FEATURES, encodeU64(1n << 63n)),
  told('protocol features that were not offered', 'refused', FrontendRequest.SET_PROTOCOL_FEATURES, encodeU64(1n << 63n)),
  ...[3, 255, 0xffff_ffff].map((index) => told(`the size of ring ${index}, which there is not`, 'refused', FrontendRequest.SET_VRING_NUM, ring(index, 8))),
  told('the base of ring 99, which there is not', 'hung up', FrontendRequest.GET_VRING_BASE, ring(99, 0)),
  told('the start of ring 99, which there is not', 'refused', FrontendRequest.SET_VRING_ENABLE, ring(99, 1)),
  ...[0, 3, 65536, 0xffff_ffff].map((size) => told(`a ring of ${size} entries`, 'refused', FrontendRequest.SET_VRING_NUM, ring(1, size))),
  told('a kick without a descriptor, as the message says', 'refused', FrontendRequest.SET_VRING_KICK, encodeVringFd({ index: 1, hasFd: false })),
  told('a kick without the descriptor that the message announces', 'refused', FrontendRequest.SET_VRING_KICK, encodeVringFd({ index: 1, hasFd: true })),
  told('a back-end socket without a descriptor', 'refused', FrontendRequest.SET_BACKEND_REQ_FD),
  told('a ring that is enabled without kick, size and address', 'accepted', FrontendRequest.SET_VRING_ENABLE, ring(1, 1)),
  told('ring addresses beyond 2^53', 'refused', FrontendRequest.SET_VRING_ADDR, new Uint8Array(40).fill(0xff, 8)),
  told('a window of config space of 257 bytes', 'hung up', FrontendRequest.GET_CONFIG, Buffer.concat([header(0, 257, 0), new Uint8Array(257)])),
  told('a window of config space that its payload has no room for', 'hung up', FrontendRequest.GET_CONFIG, header(0, 256, 0)),
  told('a window of config space far behind its end', 'hung up', FrontendRequest.GET_CONFIG, Buffer.concat([header(0xffff_fff0, 40, 0), new Uint8Array(40)])),
  told('a config space that is written to', 'refused', FrontendRequest.SET_CONFIG, Buffer.concat([header(0, 40, 0), new Uint8Array(40)])),
  told('memory that was never given, taken away', 'refused', FrontendRequest.REM_MEM_REG, encodeMemoryRegion(region())),
  told('memory without a descriptor', 'refused', FrontendRequest.ADD_MEM_REG, encodeMemoryRegion(region())),
  told('a table of 9 memory regions', 'refused', FrontendRequest.SET_MEM_TABLE, Buffer.concat([header(9, 0, 0).subarray(0, 8), new Uint8Array(9 * 32)])),
  told('a table of 2^32 - 1 memory regions', 'refused', FrontendRequest.SET_MEM_TABLE, header(0xffff_ffff, 0, 0).subarray(0, 8)),
  withFd('a table of two memory regions with one descriptor', 'refused', memfd, (frontEnd, fd) =>
    send(frontEnd, FrontendRequest.SET_MEM_TABLE, encodeMemoryTable([region({ size: 4096 }), region({ guestAddress: 0, size: 4096, userAddress: 0 })]), [fd])),
  withFd('a memory region of 0 bytes', 'refused', memfd, (frontEnd, fd) => add(frontEnd, fd, { size: 0 })),
  withFd('a memory region beyond the end of its file', 'refused', memfd, (frontEnd, fd) => add(frontEnd, fd, { offset: 4096 })),
  withFd('a memory region of 2^52 bytes', 'refused', memfd, (frontEnd, fd) => add(frontEnd, fd, { size: 2 ** 52, guestAddress: 0, userAddress: 0 })),
  withFd('memory regions that overlap', 'refused', memfd, async (frontEnd, fd) => {
    await add(frontEnd, fd, {});
    return add(frontEnd, fd, { guestAddress: GUEST + 4096, size: 4096 });
  }),
  withFd('a memory region that wraps around the address space', 'refused', memfd, (frontEnd, fd) =>
    send(frontEnd, FrontendRequest.ADD_MEM_REG, new Uint8Array(40).fill(0xff, 8), [fd])),
  withFd('memory that is an eventfd', 'refused', () => native.eventfdCreate(), (frontEnd, fd) => add(frontEnd, fd, {})),
  withFd('memory that is a directory', 'refused', () => openSync('/', fs.O_RDONLY), (frontEnd, fd) => add(frontEnd, fd, {})),
  withFd('memory that is /dev/zero', 'refused', () => openSync('/dev/zero', fs.O_RDWR), (frontEnd, fd) => add(frontEnd, fd, {})),
  withFd('one memory region more than there are slots', 'refused', memfd, async (frontEnd, fd) => {
    for (let i = 0; i < protocol.MAX_MEMORY_SLOTS; i++) {
      const answer = await add(frontEnd, fd, { guestAddress: i * 4096, userAddress: i * 4096, size: 4096 });
      if (answer !== 'accepted') return `${answer} at ${i}`;
    }
    return add(frontEnd, fd, { guestAddress: 2 ** 40, userAddress: 2 ** 40, size: 4096 });
  }),
  withFd('a kick that is a directory, on a ring that could start', 'accepted', () => openSync('/', fs.O_RDONLY), (frontEnd, fd) =>
    send(frontEnd, FrontendRequest.SET_VRING_KICK, encodeVringFd({ index: 1, hasFd: true }), [fd])),
  withFd('200 descriptors with one message', 'accepted', memfd, (frontEnd, fd) => send(frontEnd, FrontendRequest.SET_OWNER, NONE, Array.from({ length: 200 }, () => fd))),
  withFd('a hundred kicks, one after the other', 'accepted', () => native.eventfdCreate(), async (frontEnd, fd) => {
    let answer = '';
    for (let i = 0; i < 100; i++) answer = await send(frontEnd, FrontendRequest.SET_VRING_KICK, encodeVringFd({ index: 1, hasFd: true }), [fd]);
    return answer;
  }),
  placed('a descriptor table at an odd address', 'refused', { descriptors: USER + 8 }),
  placed('a descriptor table outside of memory', 'refused', { descriptors: USER + (1 << 20) - 64 }),
  placed('an available ring at an odd address', 'refused', { available: USER + 0x1001 }),
  placed('an available ring below memory', 'refused', { available: USER - 8 }),
  placed('a used ring at an odd address', 'refused', { used: USER + 0x2002 }),
  placed('a used ring outside of memory', 'refused', { used: USER + (1 << 20) }),
  placed('a ring of 32768 entries that memory has no room for', 'refused', { used: USER + (1 << 19) + (1 << 18) }, 32768),
  placed('a ring whose parts overlap', 'accepted', {}, 32768),
  {
    name: 'message: the size of a ring that runs',
    expected: 'refused',
    run: async (world) => send((await world.guest()).frontEnd, FrontendRequest.SET_VRING_NUM, ring(1, 16)),
  },
  {
    name: 'message: the base of a ring that runs',
    expected: 'refused',
    run: async (world) => send((await world.guest()).frontEnd, FrontendRequest.SET_VRING_BASE, ring(1, 5)),
  },
  {
    name: 'message: the address of a ring that runs',
    expected: 'refused',
    run: async (world) => send((await world.guest()).frontEnd, FrontendRequest.SET_VRING_ADDR, encodeVringAddress({ index: 1, descriptors: 0, available: 0, used: 0 })),
  },
  {
    name: 'message: a device that is reset twice while its ring runs',
    expected: 'accepted',
    async run(world) {
      const { frontEnd } = await world.guest();
      await send(frontEnd, FrontendRequest.RESET_DEVICE);
      return send(frontEnd, FrontendRequest.RESET_DEVICE);
    },
  },
  {
    name: 'message: a second front-end beside the first',
    expected: 'hung up',
    async run(world) {
      const first = world.frontEnd();
      await first.ask(FrontendRequest.GET_FEATURES);
      return alive(world.frontEnd());
    },
  },
  {
    name: 'message: 20,000 questions whose answers are not read',
    expected: 'hung up',
    async run(world) {
      const frontEnd = world.frontEnd();
      const sentAway = world.server.says(({ message }) => message.startsWith('front-end sent away'));
      frontEnd.listen(false);
      const ten = Buffer.concat(Array.from({ length: 10 }, () => encodeMessage(FrontendRequest.GET_FEATURES, 0)));
      const state = { gone: false };
      void sentAway.then(() => (state.gone = true));
      for (let i = 0; i < 2_000 && !state.gone; i++) {
        frontEnd.write(ten);
        await setImmediate();
      }
      frontEnd.listen(true);
      await frontEnd.end();
      return 'hung up';
    },
  },
  ...([
    ['in-flight area at an odd offset', { offset: 1 }], ['in-flight area beyond its file', { size: 1 << 30 }],
    ['in-flight area of 65535 rings', { queues: 65535, queueSize: 32768 }], ['in-flight area for rings of 65535 entries', { queueSize: 65535 }],
    ['in-flight area at 2^60', { offset: 2 ** 60 }],
  ] as const).map(([name, changes]) => withFd(`an ${name}`, 'refused', memfd, (frontEnd, fd) =>
    send(frontEnd, FrontendRequest.SET_INFLIGHT_FD, encodeInflight({ size: 4096, offset: 0, queues: 3, queueSize: 8, ...changes }), [fd]))),
  told('an in-flight area without a descriptor', 'refused', FrontendRequest.SET_INFLIGHT_FD, encodeInflight({ size: 4096, offset: 0, queues: 3, queueSize: 8 })),
  told('an in-flight area asked for 65535 rings', 'hung up', FrontendRequest.GET_INFLIGHT_FD, encodeInflight({ size: 0, offset: 0, queues: 65535, queueSize: 8 })),
  raw('answers in place of questions', 'accepted', (frontEnd) => frontEnd.write(encodeMessage(FrontendRequest.SET_OWNER, HeaderFlag.REPLY))),
];
