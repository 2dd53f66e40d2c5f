import { namesIn, type Steps, wait } from '../../../../stack/index.js';
import { isDirectory, type Piece } from '../../find.js';
import { must } from '../failure.js';
import { childPair, type Entry, type Pair, walk } from '../walk.js';
import { type Commit, same } from './commit.js';

/** Step 3: removes from the upper layer what the target has by now. */
export function* empty(commit: Commit, pair: Pair): Steps<void> {
  yield* walk(commit.union, pair, function* (entry: Entry): Steps<void> {
    const { upper, base, name, path } = entry;
    const { layer, node } = pair.upper;
    if (!upper) {
      if (base.length === 0) must(yield* wait(layer.client.unlink(node, name)), path, 'cannot be removed');
    } else if (isDirectory(upper.found)) yield* emptyDirectory(commit, entry, upper);
    else if (isApplied(commit, upper)) {
      must(yield* wait(layer.client.unlink(node, name)), path, 'cannot be removed');
      yield* commit.seen(commit.upper, upper.found.node);
    } else commit.left.add(path);
  });
}

function isApplied(commit: Commit, { layer, found }: Piece): boolean {
  const then = commit.applied.get(found.attributes.ino);
  if (!then || (layer.shown[found.node]?.opens.length ?? 0) > 0) return false;
  const { size, mtime, mtimeNsec } = found.attributes;
  // Unlinking another name of it changes ctime.
  return same(then, found.attributes) || (then.nlink > found.attributes.nlink && then.size === size && then.mtime === mtime && then.mtimeNsec === mtimeNsec);
}

function* emptyDirectory(commit: Commit, entry: Entry, { layer, found }: Piece): Steps<void> {
  yield* empty(commit, childPair(entry));
  const names = must(yield* namesIn(layer.client, found.node), entry.path, 'cannot be listed');
  if (names.length > 0) {
    const { atime, atimeNsec, mtime, mtimeNsec } = found.attributes;
    yield* wait(layer.client.setattr(found.node, { atime, atimeNsec, mtime, mtimeNsec }));
    return;
  }
  must(yield* wait(layer.client.rmdir(entry.pair.upper.node, entry.name)), entry.path, 'cannot be removed');
  yield* commit.seen(commit.upper, found.node);
}

/** Files with several names that have none left but the one in the list of links. */
export function* unlist(commit: Commit): Steps<void> {
  const { client, links } = commit.upper;
  for (const name of must(yield* namesIn(client, links), '/', 'has links that cannot be listed')) {
    const found = yield* wait(client.lookup(links, name));
    if (typeof found === 'number') continue;
    client.forget(found.node, 1);
    if (found.attributes.nlink === 1) yield* wait(client.unlink(links, name));
  }
}
