import { Errno } from '../../core/filesystem/errno.js';
import type { RemoveRequest } from '../../core/filesystem/requests/index.js';
import type { Done, Result } from '../../core/filesystem/result.js';
import { RenameFlag } from '../../core/protocol/flags.js';
import { run, type Steps, wait } from '../../stack/index.js';
import { copyUp } from './copy-up.js';
import { inLowers, inUpper } from './entry-state.js';
import { drop, isShared } from './links.js';
import { resolve } from './lookup.js';
import { isEmpty } from './merge.js';
import type { OverlayNode } from './node.js';
import type { Union } from './union.js';
import type { Upper } from './upper.js';

/** UNLINK and RMDIR. */
export function remove(union: Union, { parent, name }: RemoveRequest, directory: boolean): Result {
  return run(removeFrom(union, union.node(parent), name, directory));
}

function* removeFrom(union: Union, from: OverlayNode, name: string, directory: boolean): Steps<Done | Errno> {
  const error = yield* copyUp(union, from);
  if (error < 0) return error;
  const upper = union.upper!;
  const removed = yield* wait(union.gate.write(() => removeEntry(union, upper, from, name, directory, true)));
  if (typeof removed === 'number') return removed;
  // Without a copy, for which there may be no room, its other names go on counting this one.
  yield* copyUp(union, removed);
  union.release(removed);
  return (yield* wait(union.gate.write(() => removeEntry(union, upper, from, name, directory, false)))) as Done | Errno;
}

/** A node is to be copied up first, and released then, so that its other names know of the loss; not with `counts` false. */
function* removeEntry(union: Union, upper: Upper, from: OverlayNode, name: string, directory: boolean, counts: boolean): Steps<Done | Errno | OverlayNode> {
  const entry = yield* resolve(union, from, name);
  if (typeof entry === 'number') return entry;
  const node = entry.shown;
  if (counts && isShared(upper, entry)) return node;
  const error = yield* removeNode(union, upper, from, name, node, directory);
  if (error >= 0) lost(union, node, from, name);
  union.release(node);
  return error;
}

function* removeNode(union: Union, upper: Upper, from: OverlayNode, name: string, node: OverlayNode, directory: boolean): Steps<Done | Errno> {
  if (node.directory !== directory) return directory ? Errno.ENOTDIR : Errno.EISDIR;
  const empty = directory ? yield* isEmpty(union, node) : true;
  if (empty !== true) return empty === false ? Errno.ENOTEMPTY : empty;
  const there = yield* inUpper(union, from, name);
  if (typeof there === 'number') return there;
  const hides = yield* inLowers(union, from, name);
  if (typeof hides === 'number') return hides;
  const parent = from.upper!.node;
  if (hides) {
    const error = there === 'absent' ? yield* whiteOut(union, upper, parent, name) : yield* replaceByWhiteout(union, upper, parent, name, directory);
    if (error >= 0) yield* drop(union, node, there === 'absent' ? 1 : 0);
    return error;
  }
  if (!directory) {
    const error = yield* wait(upper.client.unlink(parent, name));
    yield* drop(union, node, 0);
    return error;
  }
  const removed = yield* wait(upper.client.rmdir(parent, name));
  return removed === Errno.ENOTEMPTY ? yield* removeWhiteouts(upper, parent, name) : removed;
}

/** Makes a whiteout where the upper layer has nothing. */
function* whiteOut(union: Union, upper: Upper, parent: number, name: string): Steps<Done | Errno> {
  const error = yield* upper.announce(parent, union.marks);
  if (error < 0) return error;
  if (upper.devices) return yield* upper.whiteout(parent, name, union.marks);
  return yield* replaceByWhiteout(union, upper, parent, name, false);
}

/** Puts a whiteout in the place of a file, or of a directory with nothing but whiteouts in it, in one step. */
export function* replaceByWhiteout(union: Union, upper: Upper, parent: number, name: string, directory: boolean): Steps<Done | Errno> {
  const { client } = upper;
  const as = upper.name();
  const error = (yield* upper.announce(parent, union.marks)) || (yield* upper.whiteout(upper.work, as, union.marks))
    || (yield* wait(client.rename(upper.work, as, parent, name, directory ? RenameFlag.EXCHANGE : 0)));
  if (error < 0 || directory) yield* upper.remove(upper.work, as);
  return error;
}

/** A directory of the upper layer alone that holds whiteouts, which hide nothing any more. */
function* removeWhiteouts(upper: Upper, parent: number, name: string): Steps<Done | Errno> {
  const as = upper.name();
  const error = yield* wait(upper.client.rename(parent, name, upper.work, as));
  return error < 0 ? error : yield* upper.remove(upper.work, as);
}

/** A name of the node is gone. */
export function lost(union: Union, node: OverlayNode, from: OverlayNode, name: string): void {
  if (node.parent === from && node.name === name) union.called(node, undefined, '');
}
