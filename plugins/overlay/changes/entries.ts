import type { Steps } from '../../../stack/index.js';
import { wait } from '../../../stack/index.js';
import { drop, isDirectory, placeOf } from '../find.js';
import type { Place } from '../node.js';
import type { Union } from '../union.js';
import { compare, type FileOf } from './compare.js';
import { must } from './failure.js';
import { fileOf, upperFile } from './file-of.js';
import { childPair, type Entry, inBase, namesOf, type Pair, walk } from './walk.js';

/** Who is told what a layer holds, directories before what is in them. Paths begin with a slash; the root's is empty. */
export interface Sink {
  file(path: string, file: FileOf): Steps<void>;
  /** Nothing is there any more. */
  whiteout(path: string): Steps<void>;
  /** The directory that was told last hides the one that lower layers have in its place. */
  opaque(path: string): Steps<void>;
  /** All that is in a directory has been told. */
  left(path: string, file: FileOf): Steps<void>;
}

/**
 * Tells what a layer holds, by itself: a directory that was renamed with all that shows through it, a file whose metadata
 * alone were copied up with its data. The look-ups of what is told are held until it has been told.
 */
export function* tell(union: Union, pair: Pair, sink: Sink): Steps<void> {
  const { layer, node } = pair.upper;
  const root = { layer, node, attributes: must(yield* wait(layer.client.getattr(node)), '/', 'cannot be read') };
  const below = pair.lowers[0];
  const before = below && { ...below, attributes: must(yield* wait(below.layer.client.getattr(below.node)), '/', 'cannot be read') };
  if (!before || (yield* compare(union.marks, root, before, '/')) !== 'none') yield* sink.file('', root);
  yield* directory(union, pair, false, sink);
  yield* sink.left('', root);
}

/** `whole`: also what shows through, since it would not where this is told. */
function* directory(union: Union, pair: Pair, whole: boolean, sink: Sink): Steps<void> {
  const names = new Set<string>();
  yield* walk(union, pair, (entry) => {
    names.add(entry.name);
    return one(union, entry, whole, sink);
  });
  if (whole && pair.through) yield* lower(union, pair.lowers, pair.path, names, sink);
}

function* one(union: Union, entry: Entry, whole: boolean, sink: Sink): Steps<void> {
  const { pair, upper, base, below, path, from } = entry;
  const covers = !whole && pair.through && base.length > 0;
  if (!upper) return covers ? yield* sink.whiteout(path) : undefined;
  const file = upperFile(entry);
  yield* sink.file(path, file);
  if (!isDirectory(upper.found)) return;
  const moved = from !== undefined && from !== path;
  if (covers && base.some(({ found }) => isDirectory(found)) && (moved || below.length === 0)) yield* sink.opaque(path);
  yield* directory(union, childPair(entry), whole || moved, sink);
  yield* sink.left(path, file);
}

/** Tells what lower layers show together, but for some names. */
function* lower(union: Union, places: readonly Place[], path: string, except: ReadonlySet<string>, sink: Sink): Steps<void> {
  for (const name of [...(yield* namesOf(places, path))].filter((one) => !except.has(one)).toSorted()) {
    const at = `${path}/${name}`;
    const pieces = yield* inBase(union, places, name, at);
    if (pieces[0]) {
      const file = fileOf(pieces[0]);
      yield* sink.file(at, file);
      if (isDirectory(pieces[0].found)) {
        yield* lower(union, pieces.map(placeOf), at, new Set(), sink);
        yield* sink.left(at, file);
      }
    }
    drop({ upper: undefined, lowers: pieces });
  }
}
