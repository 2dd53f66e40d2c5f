import type { Committed } from '../../../../core/filesystem/change-set.js';
import { Errno } from '../../../../core/filesystem/errno.js';
import { type Steps, wait } from '../../../../stack/index.js';
import type { Union } from '../../union.js';
import { lookIn, WHITEOUT } from '../../whiteout.js';
import { dependent } from '../dependent.js';
import { must } from '../failure.js';
import { Target } from '../target.js';
import { rootPair, STAGING } from '../walk.js';
import { applyDirectory } from './apply.js';
import { Commit } from './commit.js';
import { empty, unlist } from './empty.js';
import { hideStaging, redirects } from './redirects.js';

/**
 * Applies the upper layer to a target. Where that is the topmost lower layer, each step leaves the tree that the overlay
 * shows as it was, whenever it is cut off: what is written to the target is hidden by what it was copied from, and that is
 * removed only when the target has all of it, on the disk. So a commit that was cut off is simply begun anew:
 *
 * 1. Directories that were renamed get what shows through them under a name in the staging directory, and a redirect there.
 * 2. Files, directories and deletions are applied; a directory that hid others lets the target's show through, which is
 *    empty then; a renamed one gets what was staged for it.
 * 3. The target is synced; then what is the same in both is removed from the upper layer.
 */
function* run(commit: Commit): Steps<Committed> {
  const { union, upper, target, own } = commit;
  if (own) yield* hideStaging(commit);
  yield* target.open();
  if (own) yield* redirects(commit, rootPair(union));
  yield* applyDirectory(commit, rootPair(union), target.layer.root);
  const synced = target.isVolatile ? 0 : yield* wait(target.client.syncfs(target.layer.root));
  if (synced !== Errno.ENOSYS) must(synced, '/', 'cannot be synced');
  if (own) {
    yield* empty(commit, rootPair(union));
    yield* unlist(commit);
  }
  yield* target.close();
  if (own) must(yield* wait(upper.client.unlink(upper.root, STAGING)), `/${STAGING}`, 'cannot be removed');
  return { written: commit.written, deleted: commit.deleted, left: [...commit.left].toSorted() };
}

/** Applies the changes to the topmost lower layer and empties the upper one; in the gate. undefined: files need `complete` first. */
export function* commit(union: Union): Steps<Committed | undefined> {
  const { upper, lowers, marks } = union;
  if ((yield* dependent(union)).length > 0) return undefined;
  return yield* run(new Commit(union, upper!, new Target(lowers[0]!, marks, STAGING, upper!.isVolatile), true));
}

/** Applies the changes to another file system and keeps them. */
export function commitTo(union: Union, target: Target): Steps<Committed> {
  return run(new Commit(union, union.upper!, target, false));
}

/** Whether a commit was cut off. */
export function* isUnfinished({ upper, marks }: Union): Steps<boolean> {
  return upper !== undefined && (yield* lookIn(upper, upper.root, STAGING, marks)) === WHITEOUT;
}
