import test from 'ava';
import { PAYLOAD_SIZE, Slot } from '../../core/channel/slot.js';
import { slab } from '../../native/index.js';
import { LoopbackChannel } from '../../transports/loopback/channel.js';

/** Answers each request with its own bytes, a request of 40 bytes with nothing. */
function echo(slots: number): { channel: LoopbackChannel; drained: number[] } {
  const drained: number[] = [];
  const channel = new LoopbackChannel(slots, () => {
    const count = channel.drain(0);
    drained.push(count);
    for (let i = 0; i < count; i++) {
      const slot = channel.ready[i];
      const size = slab.u32[(channel.base + slot * Slot.SIZE + Slot.inLength) >>> 2];
      const copy = new Uint8Array(size);
      channel.get(slot, 0, copy, 0, size);
      channel.put(slot, 0, copy, 0, size);
      slab.u8.set(copy.subarray(0, 16), channel.base + slot * Slot.SIZE + Slot.reply);
      channel.finish(slot, size === 40 ? 0 : 16, size === 40 ? 0 : size - 16);
    }
    channel.commit();
  });
  return { channel, drained };
}

test('each request gets its own reply, more at once than there are slots', async (t) => {
  const { channel, drained } = echo(4);
  const requests = Array.from({ length: 50 }, (_, index) => new Uint8Array(41 + index * 500).fill(index));
  t.deepEqual(await Promise.all(requests.map((request) => channel.request(request))), requests);
  t.true(drained.every((count) => count >= 1 && count <= 4));
  channel.close();
});

test('a request without a reply resolves with no bytes', async (t) => {
  const { channel } = echo(1);
  t.deepEqual(await channel.request(new Uint8Array(40)), new Uint8Array(0));
  channel.close();
});

test('the longest message passes, one byte more is refused', async (t) => {
  const { channel } = echo(1);
  t.is((await channel.request(new Uint8Array(PAYLOAD_SIZE))).length, PAYLOAD_SIZE);
  await t.throwsAsync(channel.request(new Uint8Array(PAYLOAD_SIZE + 1)), { message: /refused/ });
  t.is((await channel.request(new Uint8Array(100))).length, 100);
  channel.close();
});

test('a waiting request keeps the bytes it was made with', async (t) => {
  const { channel } = echo(1);
  const first = channel.request(new Uint8Array(50));
  const bytes = new Uint8Array(50).fill(1);
  const second = channel.request(bytes);
  bytes.fill(2);
  await first;
  t.deepEqual(await second, new Uint8Array(50).fill(1));
  channel.close();
});

test('requests in flight, waiting or made after it are rejected by close', async (t) => {
  const channel = new LoopbackChannel(1, () => undefined);
  const requests = [channel.request(new Uint8Array(50)), channel.request(new Uint8Array(50))];
  channel.close();
  requests.push(channel.request(new Uint8Array(50)));
  for (const request of requests) await t.throwsAsync(request, { message: /closed/ });
});
