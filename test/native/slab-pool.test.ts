import test from 'ava';
import fc from 'fast-check';
import { PAYLOAD_SIZE } from '../../core/channel/slot.js';
import { slab } from '../../native/index.js';
import { allocate, givePayload, release, takePayload } from '../../native/slab-pool.js';

test('blocks are page-aligned, never 0 and never overlap, in whatever order they come and go', (t) => {
  fc.assert(fc.property(fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 200_000 })), { maxLength: 60 }), (steps) => {
    const held: [number, number][] = [];
    for (const [take, size] of steps) {
      if (take || held.length === 0) {
        const offset = allocate(size);
        if (offset === 0 || offset % 4096 !== 0) return false;
        if (held.some(([other, length]) => offset < other + length && other < offset + size)) return false;
        held.push([offset, size]);
      } else release(...held.splice(size % held.length, 1)[0]);
    }
    for (const block of held) release(...block);
    return true;
  }));
  const all = slab.buffer.byteLength - 4096;
  release(allocate(all), all);
  t.pass();
});

test('running out of the slab is an error that says so, and what was given back serves again', (t) => {
  const half = slab.buffer.byteLength / 2;
  const offset = allocate(half);
  t.throws(() => allocate(half), { message: /slab of 1073741824 bytes has no 536870912 bytes left/ });
  release(offset, half);
  t.is(allocate(half), offset);
  release(offset, half);
});

test('the payload buffer given back last is taken first', (t) => {
  const first = takePayload();
  const second = takePayload();
  t.true(Math.abs(first - second) >= PAYLOAD_SIZE);
  givePayload(first);
  t.is(takePayload(), first);
  givePayload(second);
  givePayload(first);
});
