import { randomBytes } from 'node:crypto';
import { type Steps, wait } from '../../../../stack/index.js';
import { isDirectory, placeOf } from '../../find.js';
import type { Upper } from '../../upper.js';
import { lookIn, WHITEOUT } from '../../whiteout.js';
import { clone } from '../clone.js';
import { must } from '../failure.js';
import { childPair, type Entry, forget, look, type Pair, STAGING, walk } from '../walk.js';
import type { Commit } from './commit.js';

/** The overlay shows nothing of what is staged. */
export function* hideStaging(commit: Commit): Steps<void> {
  const { upper, target, marks } = commit;
  const there = yield* lookIn(upper, upper.root, STAGING, marks);
  if (there === WHITEOUT) return;
  yield* target.refuseLeftovers();
  must((yield* upper.announce(upper.root, marks)) || (yield* upper.whiteout(upper.root, STAGING, marks)), `/${STAGING}`, 'cannot be hidden');
}

/** Step 1: what shows through renamed directories. */
export function* redirects(commit: Commit, pair: Pair): Steps<void> {
  yield* walk(commit.union, pair, function* (entry: Entry): Steps<void> {
    if (!entry.upper || !isDirectory(entry.upper.found)) return;
    if (entry.from === undefined) yield* settle(commit, entry);
    else if (!entry.from.startsWith(`/${STAGING}/`)) yield* stage(commit, entry);
    const now = yield* look(commit.union, pair, entry.name);
    if (!now) return;
    yield* redirects(commit, childPair(now));
    forget(now);
  });
}

/** What was staged for a renamed directory has been moved into place, and the redirect has outlived that. */
function* settle(commit: Commit, { upper, path }: Entry): Steps<void> {
  const { layer, found } = upper!;
  const redirect = must(yield* layer.mark(found.node, commit.marks.redirect), path, 'cannot be read');
  if (redirect?.startsWith(`/${STAGING}/`)) yield* commit.reveal(layer as Upper, found.node, commit.marks.redirect);
}

/** Makes what shows through a renamed directory once more, and leads the redirect there. */
function* stage(commit: Commit, { upper, below, path }: Entry): Steps<void> {
  const { target, marks } = commit;
  const name = yield* target.name();
  // What an earlier commit staged is not to be met.
  const final = `d${randomBytes(8).toString('hex')}`;
  const made = must(yield* wait(target.client.mkdir(target.work, name, 0o700)), path, 'cannot be prepared');
  yield* clone(commit.union, target, below.map(placeOf), made.node, path);
  target.client.forget(made.node, 1);
  must(yield* wait(target.client.rename(target.work, name, target.work, final)), path, 'cannot be prepared');
  must(yield* upper!.layer.setMark(upper!.found.node, marks.redirect, `/${STAGING}/${final}`), path, 'cannot be redirected');
}
