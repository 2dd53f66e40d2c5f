import { type Found, type Steps, wait } from '../../../../stack/index.js';
import type { Piece } from '../../find.js';
import { lowerNames } from '../../links.js';
import { changes } from '../../open-flags.js';
import type { Upper } from '../../upper.js';
import { compare } from '../compare.js';
import { must } from '../failure.js';
import { fileOf, upperFile } from '../file-of.js';
import type { Entry } from '../walk.js';
import { type Commit, same } from './commit.js';

/** Applies what is no directory, unless it is in use. */
export function* file(commit: Commit, entry: Entry, into: number): Steps<void> {
  const { name, path } = entry;
  const { layer, found } = entry.upper!;
  if (layer.shown[found.node]?.opens.some(({ flags }) => changes(flags)) || (commit.own && (yield* hasOtherNames(commit, entry.upper!)))) {
    commit.left.add(path);
    return;
  }
  const there = yield* commit.target.lookup(into, name, path);
  const linked = commit.target.copyOf(fileOf(entry.upper!));
  if (linked !== undefined) {
    if (there?.node !== linked) yield* link(commit, linked, into, name, path);
  } else yield* write(commit, entry, there, into);
  if (there) commit.target.client.forget(there.node, 1);
  const after = must(yield* wait(layer.client.getattr(found.node)), path, 'cannot be read');
  if (same(found.attributes, after)) commit.applied.set(after.ino, after);
}

function* write(commit: Commit, entry: Entry, there: Found | undefined, into: number): Steps<void> {
  const { target, marks } = commit;
  const { name, path } = entry;
  const file = upperFile(entry);
  const old = there && { layer: target.layer, node: there.node, attributes: there.attributes };
  const difference = old ? yield* compare(marks, file, old, path) : 'data';
  const shared = there !== undefined && there.attributes.nlink > 1 && file.attributes.nlink === 1;
  if (difference !== 'none') commit.written++;
  if (difference === 'data' || (difference === 'metadata' && shared)) {
    const copy = yield* target.copy(file, path);
    yield* target.place(copy.name, into, name, path);
    target.client.forget(copy.node, 1);
  } else if (difference === 'metadata') yield* target.dress(there!.node, file, path);
  if (file.attributes.nlink < 2) return;
  const now = yield* target.lookup(into, name, path);
  if (now) target.note(file, now.node);
}

function* link(commit: Commit, node: number, into: number, name: string, path: string): Steps<void> {
  const { target } = commit;
  const staged = yield* target.name();
  const made = must(yield* wait(target.client.link(node, target.work, staged)), path, 'cannot be linked');
  yield* target.place(staged, into, name, path);
  target.client.forget(made.node, 1);
  commit.written++;
}

/** Whether lower names still lead to the copy: they would not after it went. */
function* hasOtherNames(commit: Commit, { layer, found }: Piece): Steps<boolean> {
  if (found.attributes.nlink < 2) return false;
  return ((yield* lowerNames(layer as Upper, commit.marks, found.node, found.attributes.nlink)) ?? -1) >= 0;
}
