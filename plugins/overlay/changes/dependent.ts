import { type Steps, wait } from '../../../stack/index.js';
import { copyUp } from '../copy-up.js';
import { isDirectory } from '../find.js';
import { resolve } from '../lookup.js';
import type { Union } from '../union.js';
import { must } from './failure.js';
import { along, type Scattered } from './scattered.js';
import { childPair, type Entry, type Pair, rootPair, walk } from './walk.js';

/**
 * Upper files whose metadata alone were copied up and whose data are found by another name than theirs: when lower files
 * are changed, they might not be found any more, or others be taken for them.
 */
export function* dependent(union: Union): Steps<Scattered[]> {
  const found: Scattered[] = [];
  yield* search(union, rootPair(union), [], found);
  return found;
}

function* search(union: Union, pair: Pair, way: readonly string[], found: Scattered[]): Steps<void> {
  yield* walk(union, pair, function* ({ upper, data, name, path, ...entry }: Entry): Steps<void> {
    if (!upper) return;
    if (isDirectory(upper.found)) yield* search(union, childPair({ upper, data, name, path, ...entry }), [...way, name], found);
    else if (data) {
      const redirect = yield* upper.layer.mark(upper.found.node, union.marks.redirect);
      const own = typeof redirect !== 'string' || Buffer.from(redirect, 'latin1').toString('utf8') === path;
      if (!own || upper.found.attributes.nlink > 1) found.push({ way, name });
    }
  });
}

/** Gives all such files their data; not to be called in the gate. */
export function* complete(union: Union): Steps<void> {
  for (const { way, name } of yield* dependent(union)) {
    const entry = yield* wait(union.gate.read(() => along(union, way, (node) => resolve(union, node, name))));
    if (!entry) continue;
    must(yield* copyUp(union, entry.shown, Infinity), `/${[...way, name].join('/')}`, 'cannot be given its data');
    union.release(entry.shown);
  }
}
