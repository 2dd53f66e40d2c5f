import test from 'ava';
import fc from 'fast-check';
import { Slot } from '../../core/channel/slot.js';
import { Opcode } from '../../core/protocol/opcode.js';
import { DriverMemory } from '../../native/driver-queue.js';
import { GuestMemory } from '../../native/guest-memory.js';
import { native, slab } from '../../native/index.js';
import { Breach, Virtqueue, VirtqueueFlag } from '../../native/virtqueue.js';
import { DescriptorFlag, GUEST, message, USER } from './ring.js';

const { NEXT, WRITE, INDIRECT } = { NEXT: DescriptorFlag.NEXT, WRITE: DescriptorFlag.WRITE, INDIRECT: DescriptorFlag.INDIRECT };
const [AVAILABLE, USED] = [1 << 7, 1 << 15];
const MEMORY = 1 << 20;
const [DRIVER_EVENT, DEVICE_EVENT, DATA] = [0x8000, 0x8004, 0x1_0000];
const BEGIN = 0x8000_8000;
/** Event suppression: flags in the upper half, offset and wrap counter in the lower. */
const [ENABLE, DISABLE, AT] = [0, 1 << 16, 2 << 16];

interface Part {
  readonly address: number;
  readonly length: number;
  readonly flags: number;
}

/** Guest memory with a hand-made packed ring in it: the driver's half, written word by word. */
class PackedRing {
  readonly fd = native.memfdCreate('guest', MEMORY);
  readonly guest = new DriverMemory(this.fd, MEMORY, GUEST);
  readonly bytes = new Uint8Array(this.guest.buffer);
  readonly view = new DataView(this.guest.buffer);
  readonly memory = new GuestMemory();
  readonly call = native.eventfdCreate();
  private at = 0;
  private wrap = true;
  private usedAt = 0;
  private usedWrap = true;

  constructor(readonly size = 8, readonly flags: number = VirtqueueFlag.PACKED | VirtqueueFlag.INDIRECT | VirtqueueFlag.EVENT_INDEX) {
    this.memory.add(this.fd, GUEST, MEMORY, USER, 0);
  }
  queue(slots = 4): Virtqueue {
    const queue = new Virtqueue(this.memory, { size: this.size, descriptors: USER, available: USER + DRIVER_EVENT, used: USER + DEVICE_EVENT, next: BEGIN, flags: this.flags }, slots);
    queue.setCall(this.call);
    return queue;
  }
  close(queue: Virtqueue): void {
    queue.close();
    this.memory.close();
    this.guest.close();
    native.closeFd(this.fd);
  }

  describe(at: number, { address, length }: Part, id: number, flags: number): void {
    this.view.setBigUint64(at, BigInt(GUEST + address), true);
    this.view.setUint32(at + 8, length, true);
    this.view.setUint16(at + 12, id, true);
    this.view.setUint16(at + 14, flags, true);
  }
  /** Makes a buffer available: the flags of its first descriptor are written last. */
  offer(id: number, parts: readonly Part[]): void {
    let first: (() => void) | undefined;
    for (const [i, part] of parts.entries()) {
      const flags = part.flags | (i + 1 < parts.length ? NEXT : 0) | (this.wrap ? AVAILABLE : USED);
      const at = 16 * this.at;
      if (first) this.describe(at, part, id, flags);
      else first = () => this.describe(at, part, id, flags);
      if (++this.at === this.size) {
        this.at = 0;
        this.wrap = !this.wrap;
      }
    }
    first!();
  }
  /** The next buffer that was used, which took `count` descriptors: its id and length; undefined: there is none. */
  take(count: (id: number) => number): [number, number] | undefined {
    const at = 16 * this.usedAt;
    const flags = this.view.getUint16(at + 14, true);
    if (((flags & AVAILABLE) !== 0) !== this.usedWrap || ((flags & USED) !== 0) !== this.usedWrap) return undefined;
    const [id, length] = [this.view.getUint16(at + 12, true), this.view.getUint32(at + 8, true)];
    this.usedAt += count(id);
    if (this.usedAt >= this.size) {
      this.usedAt -= this.size;
      this.usedWrap = !this.usedWrap;
    }
    return [id, length];
  }
  set driverEvent(event: number) {
    this.view.setUint32(DRIVER_EVENT, event, true);
  }
  get deviceEvent(): number {
    return this.view.getUint32(DEVICE_EVENT, true);
  }
  interrupts(): number {
    return Math.max(native.eventfdRead(this.call), 0);
  }

  /** A request in `pieces` readable descriptors, with 64 bytes for the reply. */
  request(id: number, pieces = 1): void {
    const at = DATA + id * 0x400;
    this.bytes.set(message(Opcode.GETATTR), at);
    const cut = Array.from({ length: pieces }, (_, i) => ({ address: at + i * 4, length: i + 1 < pieces ? 4 : 40 - i * 4, flags: 0 }));
    this.offer(id, [...cut, { address: at + 0x200, length: 64, flags: WRITE }]);
  }
}

function answer(queue: Virtqueue, slot: number, length: number): void {
  const at = queue.base + slot * Slot.SIZE + Slot.reply;
  slab.u8.fill(0xab, at, at + length);
  queue.finish(slot, length, 0);
}

test('buffers of any length go around the ring in any order, and their ids come back with what was written', (t) => {
  fc.assert(fc.property(fc.constantFrom(4, 8, 16), fc.array(fc.record({ pieces: fc.integer({ min: 1, max: 3 }), reversed: fc.boolean() }), { minLength: 1, maxLength: 60 }), (size, rounds) => {
    const ring = new PackedRing(size);
    const queue = ring.queue();
    let id = 0;
    for (const { pieces, reversed } of rounds) {
      const most = Math.max(1, Math.floor(size / (pieces + 1)));
      const ids = Array.from({ length: Math.min(most, 4) }, () => id++ % 64);
      for (const one of ids) ring.request(one, Math.min(pieces, size - 1));
      if (queue.drain(0) !== ids.length) throw new Error('not all were fetched');
      const slots = queue.ready.slice(0, ids.length);
      for (const slot of reversed ? slots.toReversed() : slots) answer(queue, slot, 24);
      queue.commit();
      for (const one of reversed ? ids.toReversed() : ids) {
        const taken = ring.take(() => Math.min(pieces, size - 1) + 1);
        if (taken?.[0] !== one || taken[1] !== 24) throw new Error(`${taken} instead of ${one}`);
        if (ring.bytes[DATA + one * 0x400 + 0x200] !== 0xab) throw new Error('nothing was written');
        ring.bytes.fill(0, DATA + one * 0x400 + 0x200, DATA + one * 0x400 + 0x240);
      }
      if (ring.take(() => 1)) throw new Error('one too many');
    }
    ring.close(queue);
  }), { numRuns: 100 });
  t.pass();
});

test('an interrupt comes where the guest wants one, and a kick is asked for before the ring is left', (t) => {
  const ring = new PackedRing();
  const queue = ring.queue();
  const serve = (id: number): number => {
    ring.request(id);
    t.is(queue.drain(0), 1);
    answer(queue, queue.ready[0], 16);
    queue.commit();
    return ring.interrupts();
  };
  ring.driverEvent = ENABLE;
  t.is(serve(0), 1, 'the first one always');
  ring.driverEvent = DISABLE;
  t.is(serve(1), 0);
  // At descriptor 6 of this round: the fourth buffer's first.
  ring.driverEvent = AT | 6 | 0x8000;
  t.is(serve(2), 0);
  t.is(serve(3), 1);
  // The ring has gone around: 2 of the next round, then 4.
  ring.driverEvent = AT | 2;
  t.is(serve(4), 0);
  t.is(serve(5), 1);
  t.is(queue.drain(0), 0);
  t.is(ring.deviceEvent, AT | 4, 'a kick for the next descriptor, whose wrap counter is 0');
  ring.close(queue);
});

test('indirect tables are taken whole', (t) => {
  const ring = new PackedRing();
  const queue = ring.queue();
  ring.bytes.set(message(Opcode.GETATTR), DATA);
  ring.describe(0x9000, { address: DATA, length: 10, flags: 0 }, 0, 0);
  ring.describe(0x9010, { address: DATA + 10, length: 30, flags: 0 }, 0, NEXT);
  ring.describe(0x9020, { address: DATA + 0x200, length: 64, flags: 0 }, 0, WRITE);
  ring.offer(7, [{ address: 0x9000, length: 48, flags: INDIRECT }]);
  t.is(queue.drain(0), 1);
  answer(queue, queue.ready[0], 20);
  queue.commit();
  t.deepEqual(ring.take(() => 1), [7, 20]);
  ring.close(queue);
});

const breaches: Record<string, { breach: Breach; make: (ring: PackedRing) => void; flags?: number }> = {
  'a chain that never ends': { breach: Breach.LENGTH, make: (ring) => { for (let i = 0; i < 8; i++) ring.describe(16 * i, { address: DATA, length: 4, flags: 0 }, 0, NEXT | AVAILABLE); } },
  'an indirect table in the midst of a chain': { breach: Breach.INDIRECT, make: (ring) => ring.offer(0, [{ address: DATA, length: 4, flags: 0 }, { address: 0x9000, length: 16, flags: INDIRECT }]) },
  'an indirect table with a next descriptor': { breach: Breach.INDIRECT, make: (ring) => ring.offer(0, [{ address: 0x9000, length: 16, flags: INDIRECT }, { address: DATA, length: 4, flags: 0 }]) },
  'an indirect table in another one': { breach: Breach.INDIRECT, make: (ring) => {
    ring.describe(0x9000, { address: 0x9100, length: 16, flags: 0 }, 0, INDIRECT);
    ring.offer(0, [{ address: 0x9000, length: 16, flags: INDIRECT }]);
  } },
  'an indirect table that was not agreed on': { breach: Breach.INDIRECT, flags: VirtqueueFlag.PACKED, make: (ring) => ring.offer(0, [{ address: 0x9000, length: 16, flags: INDIRECT }]) },
  'an indirect table of a length that is none': { breach: Breach.INDIRECT_LENGTH, make: (ring) => ring.offer(0, [{ address: 0x9000, length: 20, flags: INDIRECT }]) },
  'an indirect table outside of memory': { breach: Breach.ADDRESS, make: (ring) => ring.offer(0, [{ address: MEMORY, length: 16, flags: INDIRECT }]) },
  'a buffer outside of memory': { breach: Breach.ADDRESS, make: (ring) => ring.offer(0, [{ address: MEMORY - 4, length: 8, flags: 0 }]) },
  'what is readable behind what is writable': { breach: Breach.ORDER, make: (ring) => ring.offer(0, [{ address: DATA, length: 4, flags: WRITE }, { address: DATA, length: 4, flags: 0 }]) },
};

for (const [what, { breach, make, flags }] of Object.entries(breaches)) {
  test(`a packed ring is broken by ${what}`, (t) => {
    const ring = new PackedRing(8, flags);
    const queue = ring.queue();
    make(ring);
    t.true(queue.drain(0) < 0);
    t.is(queue.breach, breach);
    ring.close(queue);
  });
}

test('where to go on outside of the ring is refused', (t) => {
  const ring = new PackedRing();
  for (const next of [8, 8 << 16, 0x7fff]) {
    t.throws(() => new Virtqueue(ring.memory, { size: 8, descriptors: USER, available: USER + DRIVER_EVENT, used: USER + DEVICE_EVENT, next, flags: ring.flags }, 4));
  }
  const queue = ring.queue();
  ring.request(0);
  queue.drain(0);
  t.is(queue.next >>> 0, 0x8000_8002);
  answer(queue, queue.ready[0], 16);
  queue.commit();
  t.is(queue.next >>> 0, 0x8002_8002);
  ring.close(queue);
});
