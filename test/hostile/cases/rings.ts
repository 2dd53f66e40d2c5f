import { Opcode } from '../../../core/protocol/opcode.js';
import { encodeVringState, encodeMemoryRegion, FrontendRequest } from '../../../transports/virtiofs/protocol/index.js';
import { native } from '../../../native/index.js';
import { VirtqueueFlag } from '../../../native/virtqueue.js';
import type { Guest } from '../../virtiofs/front-end.js';
import { DescriptorFlag, GUEST, message, type Ring, USER } from '../../virtiofs/ring.js';
import type { HostileCase } from '../case.js';
import type { Line } from '../server.js';
import type { World } from '../world.js';

const NEXT = DescriptorFlag.NEXT;
const WRITE = DescriptorFlag.WRITE;
const INDIRECT = DescriptorFlag.INDIRECT;
const REQUEST = 0x1_0000;
const REPLY = 0x1_1000;
const TABLE = 0x8000;
const HEADER = 40;
const ROOM = 96;

/** A request in descriptors 0 and 1, offered; before INIT its answer is EIO, in 16 bytes. */
function offer(ring: Ring): void {
  ring.bytes.set(message(Opcode.STATFS), REQUEST);
  ring.describe(0, REQUEST, HEADER, NEXT, 1);
  ring.describe(1, REPLY, ROOM, WRITE);
  ring.offer(0);
}

/** The two descriptors in an indirect table at TABLE; `length` as descriptor 0 has it. */
function indirect(ring: Ring, length = 32, address = TABLE): void {
  offer(ring);
  ring.describe(0, REQUEST, HEADER, NEXT, 1, TABLE);
  ring.describe(1, REPLY, ROOM, WRITE, 0, TABLE);
  ring.describe(0, address, length, INDIRECT);
}

function wide(ring: Ring, index: number, address: bigint, table = 0): void {
  ring.view.setBigUint64(table + 16 * index, address, true);
}

/** Kicks, and tells what becomes of the ring: it is broken, once and for a reason, or comes to the used index `used`. */
async function outcome(world: World, guest: Guest, used: number, ringIndex = 1): Promise<string> {
  const { lines } = world.server;
  const before = lines.length;
  const fits = ({ fields }: Line): boolean => fields['breach'] !== undefined && fields['ring'] === ringIndex;
  const broken = world.server.says(fits);
  guest.kick();
  const answer = await Promise.race([broken, guest.used(used)]);
  const said = lines.slice(before).filter(fits);
  if (said.length > 1) return `${said.length} lines in the log`;
  return answer === undefined ? 'served' : `broken: ${String(answer.fields['breach'])}`;
}

function ringCase(name: string, expected: string, damage: (ring: Ring) => number | void, options: { size?: number; memory?: number; flags?: number } = {}): HostileCase {
  return {
    name: `ring: ${name}`,
    expected,
    async run(world) {
      const guest = await world.guest(options);
      return outcome(world, guest, damage(guest.ring) ?? 1);
    },
  };
}

/** The length that the device reports for the first used chain. */
function lengthCase(name: string, expected: string, damage: (ring: Ring) => void): HostileCase {
  return {
    name: `ring: ${name}`,
    expected,
    async run(world) {
      const guest = await world.guest();
      damage(guest.ring);
      const answer = await outcome(world, guest, 1);
      if (answer !== 'served') return answer;
      const [, length] = guest.ring.element(0);
      return length === 0 ? 'no reply' : length === 16 ? 'EIO' : `${length} bytes`;
    },
  };
}

const MIB = 1 << 20;

export const ringCases: readonly HostileCase[] = [
  ringCase('a head just beyond the descriptor table', 'broken: DESCRIPTOR_INDEX', (ring) => ring.offer(8)),
  ringCase('head 65535', 'broken: DESCRIPTOR_INDEX', (ring) => ring.offer(65535)),
  ringCase('a next beyond the descriptor table', 'broken: DESCRIPTOR_INDEX', (ring) => (offer(ring), ring.describe(0, REQUEST, HEADER, NEXT, 8))),
  ringCase('a next of 65535', 'broken: DESCRIPTOR_INDEX', (ring) => (offer(ring), ring.describe(0, REQUEST, HEADER, NEXT, 65535))),
  ringCase('a next beyond an indirect table', 'broken: DESCRIPTOR_INDEX', (ring) => (indirect(ring), ring.describe(0, REQUEST, HEADER, NEXT, 2, TABLE))),
  ringCase('a descriptor that is its own next', 'broken: LENGTH', (ring) => (offer(ring), ring.describe(0, REQUEST, HEADER, NEXT, 0))),
  ringCase('a loop of two descriptors', 'broken: LENGTH', (ring) => (offer(ring), ring.describe(1, REQUEST, HEADER, NEXT, 0))),
  ringCase('a loop of all descriptors', 'broken: LENGTH', (ring) => {
    offer(ring);
    for (let i = 0; i < 8; i++) ring.describe(i, REQUEST, HEADER, NEXT, (i + 1) % 8);
  }),
  ringCase('a loop in an indirect table', 'broken: LENGTH', (ring) => (indirect(ring), ring.describe(1, REPLY, ROOM, WRITE | NEXT, 1, TABLE))),
  ringCase('an available index one beyond the ring\'s size', 'broken: AVAILABLE_INDEX', (ring) => void (ring.available = 9)),
  ringCase('an available index half of its range ahead', 'broken: AVAILABLE_INDEX', (ring) => void (ring.available = 0x8000)),
  ringCase('an available index that goes backwards', 'broken: AVAILABLE_INDEX', (ring) => void (ring.available = 0xffff)),
  ringCase('an indirect table in an indirect table', 'broken: INDIRECT', (ring) => (indirect(ring), ring.describe(0, TABLE, 32, INDIRECT, 0, TABLE))),
  ringCase('an indirect table at the end of a chain of an indirect table', 'broken: INDIRECT', (ring) => (indirect(ring), ring.describe(1, TABLE, 32, INDIRECT, 0, TABLE))),
  ringCase('an indirect table with a next descriptor', 'broken: INDIRECT', (ring) => (indirect(ring), ring.describe(0, TABLE, 32, INDIRECT | NEXT, 1))),
  ringCase('an indirect table that was not negotiated', 'broken: INDIRECT', (ring) => indirect(ring), { flags: VirtqueueFlag.EVENT_INDEX }),
  ringCase('an indirect table of 0 bytes', 'broken: INDIRECT_LENGTH', (ring) => indirect(ring, 0)),
  ringCase('an indirect table of 15 bytes', 'broken: INDIRECT_LENGTH', (ring) => indirect(ring, 15)),
  ringCase('an indirect table of 17 bytes', 'broken: INDIRECT_LENGTH', (ring) => indirect(ring, 17)),
  ringCase('an indirect table of 2048 descriptors in a ring of 8', 'broken: INDIRECT_LENGTH', (ring) => indirect(ring, 16 * 2048)),
  ringCase('an indirect table of 2^32 - 16 bytes', 'broken: INDIRECT_LENGTH', (ring) => indirect(ring, 0xffff_fff0)),
  ringCase('an indirect table that ends outside of memory', 'broken: ADDRESS', (ring) => indirect(ring, 32, MIB - 16)),
  ringCase('an indirect table that wraps around the address space', 'broken: ADDRESS', (ring) => (indirect(ring), wide(ring, 0, 0xffff_ffff_ffff_fff0n))),
  ringCase('an indirect table at an odd address', 'served', (ring) => {
    indirect(ring);
    ring.bytes.copyWithin(TABLE + 1, TABLE, TABLE + 32);
    ring.describe(0, TABLE + 1, 32, INDIRECT);
  }),
  ringCase('an indirect table behind a plain descriptor', 'served', (ring) => {
    offer(ring);
    ring.describe(0, REQUEST, HEADER, NEXT, 2);
    ring.describe(2, TABLE, 16, INDIRECT);
    ring.describe(0, REPLY, ROOM, WRITE, 0, TABLE);
  }),
  ringCase('a buffer that ends outside of memory', 'broken: ADDRESS', (ring) => (offer(ring), ring.describe(0, MIB - 8, HEADER, NEXT, 1))),
  ringCase('a buffer outside of memory', 'broken: ADDRESS', (ring) => (offer(ring), ring.describe(0, MIB, HEADER, NEXT, 1))),
  ringCase('a buffer below memory', 'broken: ADDRESS', (ring) => (offer(ring), ring.describe(0, -8, HEADER, NEXT, 1))),
  ringCase('a buffer at address 0', 'broken: ADDRESS', (ring) => (offer(ring), wide(ring, 0, 0n))),
  ringCase('a buffer named by the front-end\'s address in place of the guest\'s', 'broken: ADDRESS', (ring) => (offer(ring), wide(ring, 0, BigInt(USER + REQUEST)))),
  ringCase('a buffer that wraps around the address space', 'broken: ADDRESS', (ring) => (offer(ring), wide(ring, 0, 0xffff_ffff_ffff_fff0n))),
  ringCase('a buffer of 2^32 - 1 bytes', 'broken: TOTAL', (ring) => (offer(ring), ring.describe(0, REQUEST, 0xffff_ffff, NEXT, 1))),
  ringCase('room for a reply outside of memory', 'broken: ADDRESS', (ring) => (offer(ring), ring.describe(1, MIB - 8, ROOM, WRITE))),
  ringCase('a readable buffer behind a writable one', 'broken: ORDER', (ring) => (offer(ring), ring.describe(0, REQUEST, HEADER, NEXT | WRITE, 1), ring.describe(1, REPLY, ROOM, 0))),
  ringCase('a chain of more than 2^31 bytes', 'broken: TOTAL', (ring) => {
    indirect(ring, 513 * 16);
    for (let i = 0; i < 513; i++) ring.describe(i, 0, 4 * MIB, i < 512 ? NEXT : 0, i + 1, TABLE);
  }, { memory: 4 * MIB }),
  lengthCase('no buffers but empty ones', 'no reply', (ring) => (offer(ring), ring.describe(0, REQUEST, 0, NEXT, 1), ring.describe(1, REPLY, 0, WRITE))),
  lengthCase('an empty message', 'no reply', (ring) => (offer(ring), ring.describe(0, REQUEST, 0, NEXT, 1))),
  lengthCase('empty buffers between the others', 'EIO', (ring) => {
    offer(ring);
    ring.describe(0, REQUEST, HEADER, NEXT, 2);
    ring.describe(2, REQUEST, 0, NEXT, 3);
    ring.describe(3, REPLY, 0, NEXT | WRITE, 1);
  }),
  lengthCase('an empty buffer outside of memory', 'EIO', (ring) => {
    offer(ring);
    ring.describe(0, REQUEST, HEADER, NEXT, 2);
    ring.describe(2, 2 * MIB, 0, NEXT, 1);
  }),
  lengthCase('a message a byte shorter than a header', 'no reply', (ring) => (offer(ring), ring.describe(0, REQUEST, HEADER - 1, NEXT, 1))),
  lengthCase('no room for a reply', 'no reply', (ring) => (offer(ring), ring.describe(0, REQUEST, HEADER, 0))),
  lengthCase('room for half of a reply\'s header', 'no reply', (ring) => (offer(ring), ring.describe(1, REPLY, 8, WRITE))),
  lengthCase('room for a reply in the request itself', 'EIO', (ring) => (offer(ring), ring.describe(1, REQUEST, HEADER, WRITE))),
  lengthCase('room for a reply in the descriptor table', 'EIO', (ring) => (offer(ring), ring.describe(1, 0, 16, WRITE))),
  lengthCase('room for a reply byte by byte, in one byte', 'EIO', (ring) => {
    indirect(ring, 17 * 16);
    for (let i = 1; i <= 16; i++) ring.describe(i, REPLY, 1, WRITE | (i < 16 ? NEXT : 0), i + 1, TABLE);
  }),
  lengthCase('flags that no specification has', 'EIO', (ring) => (offer(ring), ring.describe(0, REQUEST, HEADER, 0xfff8 | NEXT, 1), ring.describe(1, REPLY, ROOM, 0xfff8 | WRITE))),
  ringCase('one head offered eight times at once', 'served', (ring) => {
    offer(ring);
    for (let i = 1; i < 8; i++) ring.offer(0);
    return 8;
  }),
  ringCase('a used ring that the guest has filled with garbage', 'served', (ring) => {
    offer(ring);
    ring.bytes.fill(0xff, 0x2000 + 4, 0x2000 + 4 + 64);
  }),
  ringCase('available flags and a used event of garbage', 'served', (ring) => {
    offer(ring);
    ring.view.setUint16(0x1000, 0xffff, true);
  }),
  {
    name: 'ring: memory that is taken away below a ring which runs',
    expected: 'broken: RING_MEMORY',
    async run(world) {
      const guest = await world.guest();
      const broken = world.server.says(({ fields }) => fields['breach'] !== undefined);
      const region = { guestAddress: GUEST, size: guest.ring.bytes.length, userAddress: USER, offset: 0 };
      await guest.succeed(FrontendRequest.REM_MEM_REG, encodeMemoryRegion(region));
      return `broken: ${String((await broken).fields['breach'])}`;
    },
  },
  {
    name: 'ring: buffers in memory that was taken away',
    expected: 'broken: ADDRESS',
    async run(world) {
      const guest = await world.guest();
      const more = { guestAddress: GUEST + 2 * MIB, size: MIB, userAddress: USER + 2 * MIB, offset: 0 };
      await guest.succeed(FrontendRequest.ADD_MEM_REG, encodeMemoryRegion(more), [guest.ring.fd]);
      offer(guest.ring);
      guest.ring.describe(1, 2 * MIB + REPLY, ROOM, WRITE);
      const before = await outcome(world, guest, 1);
      if (before !== 'served') return before;
      await guest.succeed(FrontendRequest.REM_MEM_REG, encodeMemoryRegion(more));
      guest.ring.offer(0);
      return outcome(world, guest, 2);
    },
  },
  {
    name: 'ring: a file of guest memory that is cut short',
    expected: 'broken: MEMORY_LOST',
    async run(world) {
      const guest = await world.guest();
      offer(guest.ring);
      const broken = world.server.says(({ fields }) => fields['breach'] !== undefined);
      // The ring stays, and leads to what has gone.
      native.truncate(guest.ring.fd, REQUEST);
      guest.kick();
      return `broken: ${String((await broken).fields['breach'])}`;
    },
  },
  {
    name: 'ring: a broken hiprio ring, of which one line in the log tells',
    expected: 'broken: DESCRIPTOR_INDEX',
    async run(world) {
      const guest = await world.guest({ index: 0 });
      guest.ring.offer(99);
      return outcome(world, guest, 1, 0);
    },
  },
  {
    name: 'ring: a ring that was broken, stopped and started again',
    expected: 'served',
    async run(world) {
      const guest = await world.guest();
      guest.ring.offer(99);
      if ((await outcome(world, guest, 1)) !== 'broken: DESCRIPTOR_INDEX') return 'not broken';
      const state = await guest.frontEnd.ask(FrontendRequest.GET_VRING_BASE, encodeVringState({ index: 1, value: 0 }));
      const base = new DataView(state.buffer, state.byteOffset).getUint32(4, true);
      guest.ring.available = base;
      guest.ring.view.setUint16(0x2000 + 2, base, true);
      await guest.startRing(1, base);
      offer(guest.ring);
      return outcome(world, guest, base + 1);
    },
  },
  {
    name: 'ring: a thousand kicks for nothing',
    expected: 'served',
    async run(world) {
      const guest = await world.guest();
      for (let i = 0; i < 1000; i++) guest.kick();
      offer(guest.ring);
      return outcome(world, guest, 1);
    },
  },
];
