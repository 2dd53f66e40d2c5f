import test from 'ava';
import fc from 'fast-check';
import { constants } from 'node:os';
import { Slot } from '../../core/channel/slot.js';
import { Opcode } from '../../core/protocol/opcode.js';
import { GuestMemory } from '../../native/guest-memory.js';
import { native, slab } from '../../native/index.js';
import { Breach, Virtqueue, VirtqueueFlag } from '../../native/virtqueue.js';
import { DescriptorFlag, GUEST, message, Ring, USER } from './ring.js';

const { NEXT, WRITE, INDIRECT } = { NEXT: DescriptorFlag.NEXT, WRITE: DescriptorFlag.WRITE, INDIRECT: DescriptorFlag.INDIRECT };

/** Puts `length` bytes of reply, all `fill`, into the slot. */
function reply(queue: Virtqueue, slot: number, length: number, fill: number): void {
  const at = queue.base + slot * Slot.SIZE + Slot.reply;
  slab.u8.fill(fill, at, at + length);
}

const control = (queue: Virtqueue, slot: number, word: number) => slab.u32[(queue.base + slot * Slot.SIZE + word) >>> 2];
const request = (queue: Virtqueue, slot: number) => {
  const at = queue.base + slot * Slot.SIZE + Slot.request;
  return slab.u8.slice(at, at + control(queue, slot, Slot.inInline));
};

/** One request per head, 40 bytes readable and 64 writable, at `head * 0x200` behind 0x10000. */
function simple(ring: Ring, head: number, opcode = Opcode.GETATTR): void {
  const at = 0x1_0000 + head * 0x200;
  ring.bytes.set(message(opcode), at);
  ring.describe(head, at, 40, NEXT, head + 1);
  ring.describe(head + 1, at + 0x100, 64, WRITE);
  ring.offer(head);
}

test('a request is gathered from its chain and the reply scattered over it, with the exact used length', (t) => {
  const ring = new Ring();
  const queue = ring.queue();
  const bytes = message(Opcode.LOOKUP, new TextEncoder().encode('a name\0'));
  ring.bytes.set(bytes.subarray(0, 10), 0x1_0000);
  ring.bytes.set(bytes.subarray(10), 0x2_0000);
  ring.describe(5, 0x1_0000, 10, NEXT, 2);
  ring.describe(2, 0x2_0000, bytes.length - 10, NEXT, 7);
  ring.describe(7, 0x3_0000, 16, NEXT | WRITE, 0);
  ring.describe(0, 0x4_0000, 100, WRITE);
  ring.offer(5);

  t.is(queue.drain(0), 1);
  const slot = queue.ready[0];
  t.deepEqual(request(queue, slot), bytes);
  t.is(control(queue, slot, Slot.outCapacity), 116);
  t.is(queue.inFlight, 1);
  t.is(ring.used, 0);

  reply(queue, slot, 24, 0xab);
  queue.put(slot, 24, new Uint8Array(30).fill(0xcd), 0, 30);
  queue.finish(slot, 24, 30);
  t.is(ring.used, 0, 'nothing is visible before the commit');
  queue.commit();
  t.is(ring.used, 1);
  t.deepEqual(ring.element(0), [5, 54]);
  t.deepEqual(ring.bytes.slice(0x3_0000, 0x3_0010), new Uint8Array(16).fill(0xab));
  t.deepEqual(ring.bytes.slice(0x4_0000, 0x4_0008), new Uint8Array(8).fill(0xab));
  t.deepEqual(ring.bytes.slice(0x4_0008, 0x4_0026), new Uint8Array(30).fill(0xcd));
  t.is(ring.bytes[0x4_0026], 0);
  t.is(queue.inFlight, 0);
  queue.close();
  ring.close();
});

test('an indirect table is walked, also behind direct descriptors', (t) => {
  const ring = new Ring();
  const queue = ring.queue();
  const bytes = message(Opcode.GETATTR, new Uint8Array(16).fill(7));
  ring.bytes.set(bytes, 0x1_0000);
  ring.describe(0, 0x1_0000, 40, NEXT, 1);
  ring.describe(1, 0x8000, 32, INDIRECT);
  ring.describe(0, 0x1_0028, 16, NEXT, 1, 0x8000);
  ring.describe(1, 0x2_0000, 120, WRITE, 0, 0x8000);
  ring.offer(0);
  t.is(queue.drain(0), 1);
  t.deepEqual(request(queue, queue.ready[0]), bytes);
  queue.close();
  ring.close();
});

test('FORGET, which has no reply, gives its descriptors back with length 0', (t) => {
  const ring = new Ring();
  const queue = ring.queue();
  ring.bytes.set(message(Opcode.FORGET, new Uint8Array(8)), 0x1_0000);
  ring.describe(3, 0x1_0000, 48, 0);
  ring.offer(3);
  t.is(queue.drain(0), 1);
  t.is(control(queue, queue.ready[0], Slot.outCapacity), 0);
  queue.finish(queue.ready[0], 0, 0);
  queue.commit();
  t.deepEqual(ring.element(0), [3, 0]);
  queue.close();
  ring.close();
});

test('a reply longer than its room is cut, and so is its used length', (t) => {
  const ring = new Ring();
  const queue = ring.queue();
  simple(ring, 0);
  queue.drain(0);
  reply(queue, queue.ready[0], 120, 1);
  queue.finish(queue.ready[0], 120, 500);
  queue.commit();
  t.deepEqual(ring.element(0), [0, 64]);
  queue.close();
  ring.close();
});

test('the indexes wrap at 65536', (t) => {
  const ring = new Ring(8, VirtqueueFlag.EVENT_INDEX, 65535);
  const queue = ring.queue();
  simple(ring, 0);
  simple(ring, 2);
  t.is(queue.drain(0), 2);
  for (const slot of queue.ready.slice(0, 2)) queue.finish(slot, 16, 0);
  queue.commit();
  t.is(ring.available, 1);
  t.is(ring.used, 1);
  t.is(queue.next, 1);
  t.deepEqual([ring.element(65535), ring.element(0)], [[0, 16], [2, 16]]);
  t.is(queue.drain(0), 0);
  t.is(ring.availableEvent, 1);
  queue.close();
  ring.close();
});

test('one interrupt per commit, and only when the guest asked for one (EVENT_IDX)', (t) => {
  const ring = new Ring();
  const queue = ring.queue();
  const serve = () => {
    const count = queue.drain(0);
    for (let i = 0; i < count; i++) queue.finish(queue.ready[i], 16, 0);
    queue.commit();
    return ring.interrupts();
  };
  simple(ring, 0);
  simple(ring, 2);
  t.is(serve(), 1, 'the first time, whatever an earlier life of the ring has left behind');
  simple(ring, 4);
  t.is(serve(), 0, 'used event 0 is behind us');
  ring.usedEvent = 3;
  simple(ring, 6);
  t.is(serve(), 1);
  ring.usedEvent = 5;
  simple(ring, 0);
  t.is(serve(), 0, 'the fifth, while the guest waits for the sixth');
  queue.commit();
  t.is(ring.interrupts(), 0, 'nothing new');
  queue.close();
  ring.close();
});

test('without EVENT_IDX the flags decide about interrupts and kicks', (t) => {
  const ring = new Ring(8, 0);
  const queue = ring.queue();
  simple(ring, 0);
  t.is(queue.drain(0), 1);
  t.is(ring.usedFlags, 1, 'no kicks while there is work');
  queue.finish(queue.ready[0], 16, 0);
  ring.view.setUint16(0x1000, 1, true);
  queue.commit();
  t.is(ring.interrupts(), 1, 'the first time');
  simple(ring, 2);
  queue.drain(0);
  queue.finish(queue.ready[0], 16, 0);
  queue.commit();
  t.is(ring.interrupts(), 0);
  t.is(queue.drain(0), 0);
  t.is(ring.usedFlags, 0);
  queue.close();
  ring.close();
});

test('spinning ends with the kick asked for', (t) => {
  const ring = new Ring();
  const queue = ring.queue();
  simple(ring, 0);
  queue.drain(0);
  t.is(queue.drain(50), 0);
  t.is(ring.availableEvent, 1);
  queue.finish(queue.ready[0], 16, 0);
  queue.close();
  ring.close();
});

test('requests without a free slot stay in the ring and are fetched after a finish', (t) => {
  const ring = new Ring();
  const queue = ring.queue(2);
  for (const head of [0, 2, 4]) simple(ring, head);
  t.is(queue.drain(0), 2);
  t.true(queue.starved);
  const [first, second] = queue.ready;
  t.is(queue.drain(0), 0);
  queue.finish(first, 16, 0);
  queue.commit();
  t.is(queue.drain(0), 1);
  t.false(queue.starved);
  t.is(queue.next, 3);
  queue.finish(second, 16, 0);
  queue.finish(queue.ready[0], 16, 0);
  queue.commit();
  t.deepEqual([0, 1, 2].map((i) => ring.element(i)[0]), [0, 2, 4]);
  queue.close();
  ring.close();
});

const breaches: [string, Breach, (ring: Ring) => void][] = [
  ['more requests than entries', Breach.AVAILABLE_INDEX, (ring) => (ring.available = 9)],
  ['a head beyond the table', Breach.DESCRIPTOR_INDEX, (ring) => ring.offer(8)],
  ['a next beyond the table', Breach.DESCRIPTOR_INDEX, (ring) => ring.describe(0, 0x1_0000, 40, NEXT, 8)],
  ['a loop', Breach.LENGTH, (ring) => ring.describe(0, 0x1_0000, 40, NEXT, 0)],
  ['a loop in an indirect table', Breach.LENGTH, (ring) => {
    ring.describe(0, 0x8000, 32, INDIRECT);
    ring.describe(0, 0x1_0000, 40, NEXT, 1, 0x8000);
    ring.describe(1, 0x1_0000, 40, NEXT, 0, 0x8000);
  }],
  ['an indirect table in an indirect table', Breach.INDIRECT, (ring) => {
    ring.describe(0, 0x8000, 16, INDIRECT);
    ring.describe(0, 0x8000, 16, INDIRECT, 0, 0x8000);
  }],
  ['an indirect table with a next descriptor', Breach.INDIRECT, (ring) => ring.describe(0, 0x8000, 16, INDIRECT | NEXT, 1)],
  ['an indirect table of 17 bytes', Breach.INDIRECT_LENGTH, (ring) => ring.describe(0, 0x8000, 17, INDIRECT)],
  ['an empty indirect table', Breach.INDIRECT_LENGTH, (ring) => ring.describe(0, 0x8000, 0, INDIRECT)],
  ['an endless indirect table', Breach.INDIRECT_LENGTH, (ring) => ring.describe(0, 0x8000, 16 * 2048, INDIRECT)],
  ['an indirect table outside memory', Breach.ADDRESS, (ring) => ring.describe(0, (1 << 20) - 16, 32, INDIRECT)],
  ['a buffer that ends outside memory', Breach.ADDRESS, (ring) => ring.describe(0, (1 << 20) - 8, 40, 0)],
  ['a buffer below memory', Breach.ADDRESS, (ring) => ring.describe(0, -8, 40, 0)],
  ['a buffer that wraps around', Breach.ADDRESS, (ring) => {
    ring.describe(0, 0, 40, 0);
    ring.view.setBigUint64(0, 0xffff_ffff_ffff_fff0n, true);
  }],
  ['a readable buffer behind a writable one', Breach.ORDER, (ring) => {
    ring.describe(0, 0x1_0000, 40, NEXT | WRITE, 1);
    ring.describe(1, 0x1_0000, 40, 0);
  }],
];

for (const [name, breach, damage] of breaches) {
  test(`a guest that offers ${name} breaks the ring, and its front-end is told`, (t) => {
    const ring = new Ring();
    const queue = ring.queue();
    const error = native.eventfdCreate();
    queue.setError(error);
    simple(ring, 0);
    damage(ring);
    t.true(queue.drain(0) < 0 || queue.drain(0) < 0, 'what stood before the bad chain is served first');
    t.is(queue.breach, breach);
    t.is(native.eventfdRead(error), 1);
    t.true(queue.drain(0) < 0, 'for good');
    queue.close();
    ring.close();
  });
}

test('a chain of 2^31 bytes is served, a longer one breaks the ring', (t) => {
  const ring = new Ring(8, VirtqueueFlag.INDIRECT, 0, 4 << 20);
  const queue = ring.queue();
  for (let i = 0; i < 513; i++) ring.describe(i, 0, 4 << 20, i < 511 ? NEXT : 0, i + 1, 0x1_0000);
  ring.describe(0, 0x1_0000, 513 * 16, INDIRECT);
  ring.offer(0);
  t.is(queue.drain(0), 1);
  ring.describe(511, 0, 4 << 20, NEXT, 512, 0x1_0000);
  ring.offer(0);
  t.true(queue.drain(0) < 0);
  t.is(queue.breach, Breach.TOTAL);
  queue.close();
  ring.close();
});

test('indirect tables are refused when they were not negotiated', (t) => {
  const ring = new Ring(8, VirtqueueFlag.EVENT_INDEX);
  const queue = ring.queue();
  ring.describe(0, 0x8000, 16, INDIRECT);
  ring.offer(0);
  t.true(queue.drain(0) < 0);
  t.is(queue.breach, Breach.INDIRECT);
  queue.close();
  ring.close();
});

test('a ring of no legal size, or outside memory, or badly aligned, is refused', (t) => {
  const ring = new Ring();
  const refused = (change: object) => t.throws(() => new Virtqueue(ring.memory, { ...ring.layout, ...change }, 4));
  refused({ size: 0 });
  refused({ size: 12 });
  refused({ size: 65536 });
  refused({ descriptors: USER + (1 << 20) - 64 });
  refused({ available: USER - 4 });
  refused({ used: USER + (1 << 20) });
  refused({ descriptors: USER + 8 });
  refused({ used: USER + 0x2002 });
  ring.close();
});

test('a buffer that lies across two adjacent regions is one buffer', (t) => {
  const ring = new Ring();
  ring.memory.clear();
  t.is(ring.memory.add(ring.fd, GUEST, 0x1_1000, USER, 0), 0);
  t.is(ring.memory.add(ring.fd, GUEST + 0x1_1000, 0x1000, USER + 0x10_0000, 0x4_0000), 0);
  const queue = ring.queue();
  const bytes = message(Opcode.GETATTR, new Uint8Array(60).fill(9));
  ring.bytes.set(bytes.subarray(0, 50), 0x1_1000 - 50);
  ring.bytes.set(bytes.subarray(50), 0x4_0000);
  ring.describe(0, 0x1_1000 - 50, 100, 0);
  ring.offer(0);
  t.is(queue.drain(0), 1);
  t.deepEqual(request(queue, queue.ready[0]), bytes);
  queue.close();
  ring.close();
});

test('regions that overlap, wrap or reach beyond their file are refused; only a known one is removed', (t) => {
  const { memory, fd, ...ring } = new Ring();
  t.true(memory.add(fd, GUEST + 0x1000, 0x1000, USER, 0) < 0);
  t.true(memory.add(fd, GUEST - 0x1000, 0x1001, USER, 0) < 0);
  t.true(memory.add(fd, 0, 0x1000, USER, (1 << 20) - 0xfff) < 0);
  t.true(memory.add(fd, 0, 0, USER, 0) < 0);
  t.true(memory.add(-1, 0, 0x1000, USER, 0) < 0);
  t.is(memory.add(fd, GUEST - 0x1000, 0x1000, 0, 0x123), 0, 'the offset need not be a multiple of a page');
  t.true(memory.remove(GUEST - 0x1000, 0x2000, 0) < 0);
  t.is(memory.remove(GUEST - 0x1000, 0x1000, 0), 0);
  t.true(memory.remove(GUEST - 0x1000, 0x1000, 0) < 0);
  memory.close();
  ring.guest.close();
  native.closeFd(fd);
});

test('a request in flight keeps the memory it points into, when that is taken from the guest', (t) => {
  const ring = new Ring();
  const queue = ring.queue();
  simple(ring, 0);
  queue.drain(0);
  ring.memory.clear();
  t.true(queue.remap() < 0, 'the ring is gone');
  t.is(queue.breach, Breach.RING_MEMORY);
  reply(queue, queue.ready[0], 16, 0x11);
  queue.finish(queue.ready[0], 16, 0);
  queue.commit();
  t.is(ring.bytes[0x1_0100], 0x11);
  t.true(queue.drain(0) < 0);
  queue.close();
  ring.close();
});

test('a ring goes on where its memory is mapped anew', (t) => {
  const ring = new Ring();
  const queue = ring.queue();
  simple(ring, 0);
  queue.drain(0);
  ring.memory.clear();
  t.is(ring.memory.add(ring.fd, GUEST, 1 << 20, USER, 0), 0);
  t.is(queue.remap(), 0);
  simple(ring, 2);
  const [first] = queue.ready;
  t.is(queue.drain(0), 1);
  queue.finish(first, 16, 0);
  queue.finish(queue.ready[0], 16, 0);
  queue.commit();
  t.is(ring.used, 2);
  queue.close();
  ring.close();
});

test('a reply to a closed queue goes nowhere', (t) => {
  const ring = new Ring();
  const queue = ring.queue();
  simple(ring, 0);
  queue.drain(0);
  const [slot] = queue.ready;
  queue.close();
  reply(queue, slot, 16, 0x11);
  t.true(queue.put(slot, 16, new Uint8Array(8).fill(0x11), 0, 8) < 0);
  queue.finish(slot, 16, 8);
  queue.commit();
  t.is(ring.bytes[0x1_0100], 0);
  t.is(ring.used, 0);
  ring.close();
});

test('rings and tables of any content are served or broken, and nothing but writable buffers and the used ring changes', (t) => {
  const descriptor = fc.record({
    address: fc.oneof(fc.integer({ min: 0x1_0000, max: 0x1_ffff }), fc.integer({ min: -64, max: (1 << 20) + 64 })),
    length: fc.oneof(fc.integer({ min: 0, max: 512 }), fc.nat()),
    flags: fc.integer({ min: 0, max: 7 }),
    next: fc.integer({ min: 0, max: 9 }),
  });
  const table = fc.array(descriptor, { minLength: 8, maxLength: 8 });
  fc.assert(
    fc.property(table, table, fc.array(fc.nat(9), { maxLength: 8 }), (direct, indirect, heads) => {
      const ring = new Ring();
      const queue = ring.queue(8);
      indirect.forEach((d, i) => ring.describe(i, d.address, d.length, d.flags, d.next, 0x8000));
      direct.forEach((d, i) => {
        const { address, length } = d.flags & INDIRECT ? { address: 0x8000, length: 128 } : d;
        ring.describe(i, address, length, d.flags, d.next);
      });
      for (const head of heads) ring.offer(head);
      const before = ring.bytes.slice();
      const count = queue.drain(0);
      for (let i = 0; i < count; i++) {
        const room = control(queue, queue.ready[i], Slot.outCapacity);
        if (room > 0) queue.put(queue.ready[i], 0, new Uint8Array(room).fill(0xee), 0, room);
        queue.finish(queue.ready[i], Math.min(16, room), Math.max(room - 16, 0));
      }
      queue.commit();
      const after = ring.bytes.slice();
      for (const { address, length, flags } of [...direct, ...indirect]) {
        const start = Math.min(Math.max(address, 0), after.length);
        if (flags & WRITE) after.set(before.subarray(start, Math.max(address + length, start)), start);
      }
      after.set(before.subarray(0x2000, 0x2100), 0x2000);
      queue.close();
      ring.close();
      return Buffer.compare(after, before) === 0;
    }),
    { numRuns: 300 },
  );
  t.pass();
});

test('a file of guest memory that is cut short breaks the queue and ends nothing else', (t) => {
  for (const left of [0, 0x1000, 0x1_0000]) {
    const ring = new Ring();
    const other = new Ring();
    const queue = ring.queue();
    const unharmed = other.queue();
    simple(ring, 0);
    simple(other, 0);
    t.is(native.truncate(ring.fd, left), 0);
    t.true(queue.drain(0) < 0, `${left} bytes left`);
    t.is(queue.breach, Breach.MEMORY_LOST);
    t.true(queue.drain(0) < 0);
    t.is(unharmed.drain(0), 1);
    unharmed.finish(unharmed.ready[0], 16, 0);
    unharmed.commit();
    t.is(other.used, 1);
    for (const each of [queue, unharmed, ring, other]) each.close();
  }
});

test('a reply to a request whose memory is gone goes nowhere', (t) => {
  const ring = new Ring();
  const queue = ring.queue();
  simple(ring, 0);
  t.is(queue.drain(0), 1);
  t.is(native.truncate(ring.fd, 0), 0);
  const slot = queue.ready[0];
  reply(queue, slot, 32, 1);
  t.is(queue.put(slot, 16, new Uint8Array(16), 0, 16), 16);
  queue.finish(slot, 32, 0);
  queue.commit();
  t.true(queue.drain(0) < 0);
  t.is(queue.breach, Breach.MEMORY_LOST);
  queue.close();
  ring.close();
});

test('memory is a regular file, and of no impossible size', (t) => {
  const memory = new GuestMemory();
  const fd = native.memfdCreate('guest', 0x2000);
  const pipe = native.eventfdCreate();
  t.is(memory.add(pipe, 0, 0x1000, 0, 0), -constants.errno.ENODEV);
  t.is(memory.add(fd, 0, 0x3000, 0, 0), -constants.errno.EFBIG);
  t.is(memory.add(fd, 0, 0x1000, 0, Number.MAX_SAFE_INTEGER), -constants.errno.EFBIG);
  t.is(native.truncate(fd, 2 ** 50), 0);
  t.is(memory.add(fd, 0, 2 ** 50, 0, 0), -constants.errno.ENOMEM);
  t.is(memory.add(fd, 0, 2 ** 41, 0, 0), 0);
  t.is(memory.add(fd, 2 ** 41, 2 ** 41, 2 ** 41, 0), 0);
  t.is(memory.add(fd, 2 ** 42, 0x1000, 2 ** 42, 0), -constants.errno.ENOMEM, 'the regions together');
  memory.close();
  for (const each of [fd, pipe]) native.closeFd(each);
});

test('a chain that small regions cut into too many pieces breaks the queue', (t) => {
  const ring = new Ring(256);
  for (let i = 0; i < 200; i++) t.is(ring.memory.add(ring.fd, 0x1000_0000 + i, 1, 0x1000_0000 + i, i), 0);
  const queue = ring.queue();
  for (let i = 0; i < 256; i++) ring.describe(i, 0x1000_0000 - GUEST, 200, i < 255 ? NEXT : 0, i + 1);
  ring.offer(0);
  t.true(queue.drain(0) < 0);
  t.is(queue.breach, Breach.TOTAL);
  queue.close();
  ring.close();
});
