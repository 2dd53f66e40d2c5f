import test from 'ava';
import fc from 'fast-check';
import { Extents } from '../../driver/extents.js';

test('blocks never overlap, and all of them given back make one whole again', (t) => {
  fc.assert(fc.property(fc.array(fc.record({ size: fc.integer({ min: 1, max: 300 }), drop: fc.nat() }), { maxLength: 200 }), (steps) => {
    const extents = new Extents(0, 4096);
    const held: { start: number; size: number }[] = [];
    for (const { size, drop } of steps) {
      const start = extents.take(size);
      if (start >= 0) held.push({ start, size });
      if (drop % 3 === 0 && held.length > 0) {
        const [block] = held.splice(drop % held.length, 1);
        extents.give(block.start, block.size);
      }
      const sorted = held.toSorted((a, b) => a.start - b.start);
      for (const [i, block] of sorted.entries()) {
        if (block.start < 0 || block.start + block.size > (sorted[i + 1]?.start ?? 4096)) return false;
      }
    }
    for (const block of held) extents.give(block.start, block.size);
    return extents.take(4096) === 0;
  }));
  t.pass();
});

test('what is not there is not given', (t) => {
  const extents = new Extents(0, 100);
  t.is(extents.take(101), -1);
  t.is(extents.take(60), 0);
  t.is(extents.take(60), -1);
  t.is(extents.take(40), 60);
  t.is(extents.take(1), -1);
});
