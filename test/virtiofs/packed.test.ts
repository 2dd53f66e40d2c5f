import test from 'ava';
import fc from 'fast-check';
import { Opcode } from '../../core/protocol/opcode.js';
import { Breach, Virtqueue, VirtqueueFlag } from '../../native/virtqueue.js';
import { answer, AVAILABLE, DATA, DEVICE_EVENT, DRIVER_EVENT, MEMORY, PackedRing } from './packed-ring.js';
import { DescriptorFlag, message, USER } from './ring.js';

const { NEXT, WRITE, INDIRECT } = { NEXT: DescriptorFlag.NEXT, WRITE: DescriptorFlag.WRITE, INDIRECT: DescriptorFlag.INDIRECT };
/** Event suppression: flags in the upper half, offset and wrap counter in the lower. */
const [ENABLE, DISABLE, AT] = [0, 1 << 16, 2 << 16];

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
