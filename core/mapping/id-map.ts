import { ID_MAX, IdRanges } from './id-ranges.js';
import { type IdRule, parseIdRule, type Way } from './id-rule.js';

/** Called for each rule that is wrong, with its index and a sentence. */
export type Complain = (index: number, sentence: string) => void;

/** User ids or group ids, guest to host and host to guest. The two ways need not fit each other. */
export class IdMap {
  constructor(readonly toHost: IdRanges, readonly toGuest: IdRanges) {}

  static parse(texts: readonly string[], complain: Complain): IdMap {
    const rules = texts.map((text, index): IdRule => {
      const rule = parseIdRule(text);
      if (typeof rule !== 'string') return rule;
      complain(index, rule);
      return {};
    });
    return new IdMap(ranges(rules, 'toHost', complain), ranges(rules, 'toGuest', complain));
  }

  /** Every guest id becomes `host`, every host id is shown as `guest`. */
  static squash(host: number, guest: number): IdMap {
    const all = (target: number) => new IdRanges([{ kind: 'squash', first: 0, last: ID_MAX, target }]);
    return new IdMap(all(host), all(guest));
  }

  static readonly unchanged = new IdMap(new IdRanges([]), new IdRanges([]));
}

function ranges(rules: readonly IdRule[], way: Way, complain: Complain): IdRanges {
  const sorted = rules.flatMap(({ [way]: range }, index) => range ? { ...range, index } : []).toSorted((a, b) => a.first - b.first);
  sorted.forEach(({ first, index }, i) => {
    const before = sorted[i - 1];
    if (before && before.last >= first) complain(Math.max(index, before.index), `overlaps rule ${Math.min(index, before.index) + 1} in the ${way === 'toHost' ? 'guest' : 'host'}'s ids`);
  });
  return new IdRanges(sorted);
}
