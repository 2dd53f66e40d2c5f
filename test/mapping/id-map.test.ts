import test from 'ava';
import fc from 'fast-check';
import { Errno } from '../../index.js';
import { IdMap } from '../../core/mapping/id-map.js';

const MAX = 0xffff_ffff;

function parse(rules: string[]): IdMap {
  return IdMap.parse(rules, (index, sentence) => {
    throw new Error(`${index}: ${sentence}`);
  });
}

function wrong(rules: string[]): [number, string][] {
  const found: [number, string][] = [];
  IdMap.parse(rules, (index, sentence) => found.push([index, sentence]));
  return found;
}

/** [id, what it becomes] */
type Pairs = readonly (readonly [number, number])[];

const meanings: [rule: string, toHost: Pairs, toGuest: Pairs][] = [
  ['guest:10:100:5', [[9, 9], [10, 100], [14, 104], [15, 15]], [[100, 100]]],
  ['host:100:10:5', [[10, 10]], [[99, 99], [100, 10], [104, 14], [105, 105]]],
  ['map:10:100:5', [[10, 100], [14, 104], [15, 15]], [[100, 10], [104, 14], [10, 10]]],
  ['squash-guest:10:100:5', [[9, 9], [10, 100], [14, 100], [15, 15]], [[100, 100]]],
  ['squash-host:100:10:5', [[10, 10]], [[100, 10], [104, 10], [105, 105]]],
  ['forbid-guest:10:5', [[9, 9], [10, Errno.EPERM], [14, Errno.EPERM], [15, 15]], [[10, 10]]],
  ['squash-guest:0:7:4294967295', [[0, 7], [MAX - 1, 7], [MAX, MAX]], []],
  ['MAP/10/100/5', [[10, 100]], [[100, 10]]],
];

for (const [rule, toHost, toGuest] of meanings) {
  test(`${rule} maps as virtiofsd says`, (t) => {
    const map = parse([rule]);
    for (const [id, becomes] of toHost) t.is(map.toHost.map(id), becomes, `guest ${id}`);
    for (const [id, becomes] of toGuest) t.is(map.toGuest.map(id), becomes, `host ${id}`);
  });
}

test('squash takes all guests for one user, and shows all as one', (t) => {
  const map = IdMap.squash(1000, 5);
  t.deepEqual([0, 1000, MAX - 1].map((id) => map.toHost.map(id)), [1000, 1000, 1000]);
  t.deepEqual([0, 1000, MAX - 1].map((id) => map.toGuest.map(id)), [5, 5, 5]);
});

for (const [rules, index, sentence] of [
  [['0:0:1'], 0, /no rule; known: map, guest, host, squash-guest/],
  [[''], 0, /no rule/],
  [['map'], 0, /no rule/],
  [['map:1:2'], 0, /map takes 3 numbers/],
  [['forbid-guest:1:2:3'], 0, /forbid-guest takes 2 numbers/],
  [['map:1:x:3'], 0, /map takes 3 numbers/],
  [['map:1:-1:3'], 0, /map takes 3 numbers/],
  [['map:1:2:0'], 0, /its count is 0/],
  [['map:1:0:4294967295'], 0, /the highest id is 4294967294/],
  [['guest:0:4294967295:1'], 0, /the highest id is 4294967294/],
  [['squash-guest:0:99999999999:1'], 0, /the highest id is 4294967294/],
  [['map:0:0:10', 'host:20:20:5', 'guest:9:50:1'], 2, /overlaps rule 1 in the guest's ids/],
  [['guest:0:0:10', 'map:20:7:1', 'host:3:3:5'], 2, /overlaps rule 2 in the host's ids/],
] as const) {
  test(`refused: ${rules.join(' ')}`, (t) => {
    const found = wrong([...rules]);
    t.is(found.length, 1);
    t.is(found[0]![0], index);
    t.regex(found[0]![1], sentence);
  });
}

const rule = fc.record({ type: fc.constantFrom('guest', 'squash-guest', 'forbid-guest'), gap: fc.nat(20), target: fc.nat(1e6), count: fc.integer({ min: 1, max: 20 }) });

test('any set of rules maps each id as the rule that has it in its range', (t) => {
  fc.assert(fc.property(fc.array(rule, { maxLength: 12 }), fc.infiniteStream(fc.nat()), (rules, order) => {
    let next = 0;
    const model = new Map<number, number>();
    const texts = rules.map(({ type, gap, target, count }) => {
      const first = next + gap;
      next = first + count;
      for (let i = 0; i < count; i++) model.set(first + i, type === 'guest' ? target + i : type === 'squash-guest' ? target : Errno.EPERM);
      return type === 'forbid-guest' ? `${type}:${first}:${count}` : `${type}:${first}:${target}:${count}`;
    });
    const map = parse(texts.map((text) => [order.next().value!, text] as const).toSorted(([a], [b]) => a - b).map(([, text]) => text));
    for (let id = 0; id < next + 5; id++) t.is(map.toHost.map(id), model.get(id) ?? id);
  }));
});
