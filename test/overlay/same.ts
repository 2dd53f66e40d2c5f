import { inspect, isDeepStrictEqual } from 'node:util';

/** Throws an error that names only what differs between two objects: files of two trees by path, or entries of two lists. */
export function same(ours: object, theirs: object, what: string): void {
  if (isDeepStrictEqual(ours, theirs)) return;
  const [one, other] = [ours as Record<string, unknown>, theirs as Record<string, unknown>];
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])].filter((key) => !isDeepStrictEqual(one[key], other[key]));
  throw new Error(`${what}: ${keys.map((key) => `${key}: ${inspect(one[key])} instead of ${inspect(other[key])}`).join('\n')}`);
}
