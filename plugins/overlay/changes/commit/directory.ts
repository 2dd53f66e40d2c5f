import { type Steps, wait } from '../../../../stack/index.js';
import { isDirectory, placeOf } from '../../find.js';
import type { Upper } from '../../upper.js';
import { clone } from '../clone.js';
import { must } from '../failure.js';
import { fileOf } from '../file-of.js';
import { type Entry, inBase, STAGING } from '../walk.js';
import type { Commit } from './commit.js';

/** What layers below the target have under a name, which the target has to hide. */
export function* deeper(commit: Commit, { pair, name, path }: Entry): Steps<boolean> {
  const lowers = commit.own ? pair.lowers.filter(({ layer }) => layer !== commit.target.layer) : [];
  if (lowers.length === 0) return false;
  const pieces = yield* inBase(commit.union, lowers, name, path);
  for (const { layer, found } of pieces) layer.client.forget(found.node, 1);
  return pieces.length > 0;
}

/** Sees to it that the target has the directory, and that it shows through; whether there was something to do. */
export function* prepare(commit: Commit, entry: Entry, into: number): Steps<boolean> {
  const { target, own, marks } = commit;
  const { name, path, below, from } = entry;
  const { layer, found } = entry.upper!;
  const staged = own && from?.startsWith(`/${STAGING}/`) ? from.slice(STAGING.length + 2) : undefined;
  if (staged !== undefined) {
    if (yield* deeper(commit, entry)) {
      const there = yield* target.lookup(target.work, staged, path);
      if (there) {
        yield* cover(commit, there.node, path);
        target.client.forget(there.node, 1);
      }
    }
    yield* target.place(staged, into, name, path);
    return yield* commit.reveal(layer as Upper, found.node, marks.redirect);
  }
  if (own && below.length === 0) {
    yield* make(commit, entry, into, yield* deeper(commit, entry));
    const redirect = must(yield* layer.mark(found.node, marks.redirect), path, 'cannot be read');
    if (redirect !== undefined) yield* wait(layer.client.removexattr(found.node, marks.redirect));
    return yield* commit.reveal(layer as Upper, found.node, marks.opaque);
  }
  if (!own && (below.length === 0 || (from !== undefined && from !== path))) {
    const copied = yield* target.copy(fileOf(entry.upper!), path);
    yield* clone(commit.union, target, below.map(placeOf), copied.node, path);
    yield* target.place(copied.name, into, name, path);
    target.client.forget(copied.node, 1);
    return true;
  }
  const there = yield* target.lookup(into, name, path);
  if (there) target.client.forget(there.node, 1);
  if (there && isDirectory(there)) return false;
  yield* make(commit, entry, into, false);
  if (own) yield* commit.seen(layer as Upper, found.node);
  return true;
}

/** Has a directory of the target hide what layers below it have by the name that it will get. */
function* cover(commit: Commit, node: number, path: string): Steps<void> {
  must(yield* commit.target.layer.setMark(node, commit.marks.opaque, 'y'), path, 'cannot be made to hide what lies below');
}

function* make(commit: Commit, entry: Entry, into: number, opaque: boolean): Steps<void> {
  const { target } = commit;
  const copy = yield* target.copy(fileOf(entry.upper!), entry.path);
  if (opaque) yield* cover(commit, copy.node, entry.path);
  yield* target.place(copy.name, into, entry.name, entry.path);
  target.client.forget(copy.node, 1);
}
