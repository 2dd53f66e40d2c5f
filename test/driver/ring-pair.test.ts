import test from 'ava';
import fc from 'fast-check';
import { Slot } from '../../core/channel/slot.js';
import { Chain } from '../../driver/chain.js';
import { GuestMemory } from '../../driver/memory.js';
import { Queue } from '../../driver/queue.js';
import { GuestMemory as DeviceMemory } from '../../native/guest-memory.js';
import { native } from '../../native/index.js';
import { receiveMessage, sendMessage, socketPair } from '../../native/socket.js';
import { Virtqueue, VirtqueueFlag } from '../../native/virtqueue.js';
import { READABLE, watch } from '../../native/watch.js';

const HEADER = 40;
const sizes = fc.array(fc.integer({ min: 1, max: 2_000 }), { maxLength: 5 });
const requests = fc.array(fc.record({ length: fc.integer({ min: HEADER, max: 6_000 }), readable: sizes, writable: sizes }), { minLength: 1, maxLength: 40 });

/** Another descriptor of the same eventfd, as a device gets it: through a socket. */
function duplicate(fd: number): number {
  const ends = new Int32Array(2);
  const copy = new Int32Array(1);
  socketPair(ends);
  sendMessage(ends[0], new Uint8Array(1), Int32Array.of(fd));
  receiveMessage(ends[1], new Uint8Array(1), copy);
  for (const end of ends) native.closeFd(end);
  return copy[0];
}

/** Our device side on the same memory; it answers every request with its own bytes. */
function serve(memory: GuestMemory, queue: Queue, flags: number): () => void {
  const { guestAddress, size, userAddress } = memory.region;
  const mapped = new DeviceMemory();
  mapped.add(memory.fd, guestAddress, size, userAddress, 0);
  const { descriptors, available, used } = queue.layout;
  const ring = new Virtqueue(mapped, {
    size: queue.layout.size, next: queue.base, flags,
    descriptors: memory.userAddress(descriptors), available: memory.userAddress(available), used: memory.userAddress(used),
  }, 8);
  ring.setCall(duplicate(queue.call));
  ring.setError(duplicate(queue.error));
  const echo = new Uint8Array(8_192);
  const kicked = watch(queue.kick, READABLE, () => {
    native.eventfdRead(queue.kick);
    for (let count = ring.drain(0); count > 0; count = ring.drain(0)) {
      for (const slot of ring.ready.slice(0, count)) {
        const length = ring.slab.u32[(ring.base + slot * Slot.SIZE + Slot.inLength) >> 2];
        ring.get(slot, 0, echo, 0, length);
        ring.slab.u8.set(echo.subarray(0, 16), ring.base + slot * Slot.SIZE + Slot.reply);
        ring.put(slot, 16, echo, 16, length - 16);
        ring.finish(slot, 16, length - 16);
      }
      ring.commit();
    }
  });
  return () => {
    kicked.close();
    ring.close();
    mapped.close();
  };
}

const kinds = [true, false].flatMap((packed) => [true, false].flatMap((indirect) => [true, false].map((eventIndex) => ({ packed, indirect, eventIndex }))));

for (const { packed, indirect, eventIndex } of kinds) {
  test(`every chain reaches the device whole and comes back whole: packed ${packed}, indirect ${indirect}, event index ${eventIndex}`, async (t) => {
    const flag = (wanted: boolean, bit: VirtqueueFlag): number => (wanted ? bit : 0);
    const flags = flag(packed, VirtqueueFlag.PACKED) | flag(indirect, VirtqueueFlag.INDIRECT) | flag(eventIndex, VirtqueueFlag.EVENT_INDEX);
    await fc.assert(fc.asyncProperty(requests, fc.integer({ min: 4, max: 7 }), async (list, exponent) => {
      const memory = new GuestMemory(4 << 20);
      const queue = new Queue(memory, { size: 2 ** exponent, indirect, eventIndex, packed, spin: 0 });
      const stop = serve(memory, queue, flags);
      const sent = await Promise.all(list.map(async ({ length, readable, writable }, i) => {
        const request = Uint8Array.from({ length }, (_, k) => (k * 7 + i) & 0xff);
        const used = await queue.submit(new Chain(request, length, { readable, writable }));
        return used.length === length && Buffer.from(used.bytes).equals(request);
      }));
      stop();
      queue.close();
      memory.close();
      return sent.every(Boolean);
    }), { numRuns: 40 });
    t.pass();
  });
}
