import { ID_MAX, type IdRange } from './id-ranges.js';

/** Which ways a rule maps, and how. Names and order of the numbers (source, target, count) are virtiofsd's. */
const KINDS = {
  'map': { ways: ['toHost', 'toGuest'], kind: 'map' },
  'guest': { ways: ['toHost'], kind: 'map' },
  'host': { ways: ['toGuest'], kind: 'map' },
  'squash-guest': { ways: ['toHost'], kind: 'squash' },
  'squash-host': { ways: ['toGuest'], kind: 'squash' },
  'forbid-guest': { ways: ['toHost'], kind: 'forbid' },
} as const;

/** Guest ids to host ids, or back. */
export type Way = 'toHost' | 'toGuest';

/** A rule, as what it does on each way. */
export type IdRule = { readonly [way in Way]?: IdRange };

/** Parses a rule such as `map:0:100000:65536` (virtiofsd's `--translate-uid`); a sentence about what is wrong with it. */
export function parseIdRule(text: string): IdRule | string {
  // Any character separates that is no part of a name.
  const [, name = '', separator = ':', rest = ''] = /^([\w-]*)([^\w-])(.*)$/s.exec(text.trim()) ?? [];
  if (!Object.hasOwn(KINDS, name.toLowerCase())) return `"${text}" is no rule; known: ${Object.keys(KINDS).join(', ')}`;
  const { ways: [way, back], kind } = KINDS[name.toLowerCase() as keyof typeof KINDS];
  const numbers = rest.split(separator);
  const wanted = kind === 'forbid' ? 2 : 3;
  if (numbers.length !== wanted || !numbers.every((number) => /^\d+$/.test(number))) return `${name} takes ${wanted} numbers: "${text}"`;
  const [source, target, count] = (kind === 'forbid' ? [numbers[0], 0, numbers[1]] : numbers).map(Number) as [number, number, number];
  if (count === 0) return `its count is 0: "${text}"`;
  const range = (from: number, to: number): IdRange => ({ kind, first: from, last: from + count - 1, target: to });
  const rule = { [way]: range(source, target), ...back && { [back]: range(target, source) } };
  const end = Math.max(source + count - 1, kind === 'map' ? target + count - 1 : target);
  return end > ID_MAX ? `the highest id is ${ID_MAX}: "${text}"` : rule;
}
