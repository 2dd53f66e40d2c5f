import type { Steps } from '../../../../stack/index.js';
import { isDirectory } from '../../find.js';
import { compare } from '../compare.js';
import { fileOf } from '../file-of.js';
import { childPair, type Entry, forget, look, type Pair, walk } from '../walk.js';
import type { Commit } from './commit.js';
import { deeper, prepare } from './directory.js';
import { file } from './file.js';

/** Step 2: files, directories and deletions. */
export function* applyDirectory(commit: Commit, pair: Pair, into: number): Steps<void> {
  yield* walk(commit.union, pair, function* (entry: Entry): Steps<void> {
    if (!entry.upper) yield* gone(commit, entry, into);
    else if (isDirectory(entry.upper.found)) yield* subdirectory(commit, entry, into);
    else yield* file(commit, entry, into);
  });
}

function* gone(commit: Commit, entry: Entry, into: number): Steps<void> {
  const { name, path, base } = entry;
  if (yield* deeper(commit, entry)) {
    if (base.length === 0) return;
    yield* commit.target.whiteout(into, name, path);
    commit.deleted++;
  } else if (yield* commit.target.remove(into, name, path)) commit.deleted++;
}

function* subdirectory(commit: Commit, entry: Entry, into: number): Steps<void> {
  const { target, own } = commit;
  const { name, path } = entry;
  if (yield* prepare(commit, entry, into)) commit.written++;
  const now = own ? (yield* look(commit.union, entry.pair, name))! : entry;
  const there = (yield* target.lookup(into, name, path))!;
  const upper = fileOf(entry.upper!);
  yield* applyDirectory(commit, childPair(now), there.node);
  const old = { layer: target.layer, node: there.node, attributes: there.attributes };
  if ((yield* compare(commit.marks, upper, old, path)) !== 'none') commit.written++;
  yield* target.dress(there.node, upper, path);
  target.client.forget(there.node, 1);
  if (now !== entry) forget(now);
}
