import test from 'ava';
import fc from 'fast-check';
import { HOLE, RESERVED, ZEROED } from '../../plugins/memory/page.js';
import { PageStore } from '../../plugins/memory/page-store.js';
import { PageTree } from '../../plugins/memory/page-tree.js';

const index = fc.oneof(fc.nat(40), fc.integer({ min: 500, max: 530 }), fc.constantFrom(2 ** 18 - 1, 2 ** 18, 2 ** 27, 2 ** 36 + 7, 2 ** 41 - 1));
const change = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), at: index, page: fc.constantFrom(undefined, undefined, RESERVED, ZEROED) }),
  fc.record({ kind: fc.constant('clear' as const), at: index, to: fc.oneof(index, fc.constant(Infinity)) }),
);

test('a tree holds what a map would, and finds data and holes', (t) => {
  fc.assert(fc.property(fc.array(change, { maxLength: 60, size: 'max' }), fc.array(index, { minLength: 5 }), (changes, probes) => {
    const store = new PageStore();
    const tree = new PageTree();
    const map = new Map<number, number>();
    for (const each of changes) {
      if (each.kind === 'set') {
        const old = tree.get(each.at);
        if (old > 0) store.release(old);
        const page = each.page ?? store.allocate(0);
        tree.set(each.at, page);
        map.set(each.at, page);
      } else {
        const gone = [...map.keys()].filter((at) => at >= each.at && at < each.to);
        t.is(tree.clear(each.at, each.to, store), gone.length);
        for (const at of gone) map.delete(at);
      }
    }
    const written = [...map].filter(([, page]) => page > 0 || page === ZEROED).map(([at]) => at).toSorted((a, b) => a - b);
    for (const probe of [0, ...probes]) {
      t.is(tree.get(probe), map.get(probe) ?? HOLE);
      t.is(tree.next(probe, false), written.find((at) => at >= probe) ?? Infinity);
      let hole = probe;
      while (written.includes(hole)) hole++;
      t.is(tree.next(probe, true), hole);
    }
  }), { numRuns: 300 });
});

test('pages in use never overlap, and those given back serve again', (t) => {
  const store = new PageStore();
  const pages = new Set<number>();
  for (let i = 0; i < 20_000; i++) pages.add(store.allocate(0));
  t.is(pages.size, 20_000);
  t.false(pages.has(0));
  const [some] = pages;
  store.release(some!);
  t.is(store.allocate(some!), some);
  const released = [...pages].filter((page) => page % 3 === 0);
  for (const page of released) {
    store.release(page);
    pages.delete(page);
  }
  const again = new Set(Array.from({ length: 10_000 }, () => store.allocate(0)));
  t.is(again.size, 10_000);
  t.true([...again].every((page) => !pages.has(page)));
  t.true(released.filter((page) => again.has(page)).length > 5000);
});

test('a file written in order lies in one piece', (t) => {
  const store = new PageStore();
  let page = store.allocate(0);
  for (let i = 0; i < 1000; i++) {
    store.allocate(page + 500);
    const next = store.allocate(page + 1);
    if (i < 400) t.is(next, page + 1);
    page = next;
  }
});
