import { distance } from 'fastest-levenshtein';

/** The candidate that a misspelt name most likely meant; undefined when none is near. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Infinity;
  for (const candidate of candidates) {
    const d = distance(name.toLowerCase(), candidate.toLowerCase());
    const bound = Math.max(2, Math.floor(Math.max(name.length, candidate.length) * 0.4));
    if (d <= bound && d < least) [best, least] = [candidate, d];
  }
  return best;
}
