import { Errno } from '../../core/filesystem/errno.js';
import type { RenameRequest } from '../../core/filesystem/requests/index.js';
import { Done, type Result } from '../../core/filesystem/result.js';
import { RenameFlag } from '../../core/protocol/flags.js';
import { run, type Steps, wait } from '../../stack/index.js';
import { copyUp } from './copy-up.js';
import { inLowers, inUpper, type UpperState } from './entry-state.js';
import { drop, holdCount, isShared } from './links.js';
import { resolve, type ShownEntry } from './lookup.js';
import { isEmpty } from './merge.js';
import { S_IFREG } from '../../core/protocol/mode.js';
import type { OverlayNode } from './node.js';
import { redirect } from './redirect.js';
import { lost, replaceByWhiteout } from './remove.js';
import type { Union } from './union.js';
import type { Upper } from './upper.js';

const { NOREPLACE, EXCHANGE, WHITEOUT } = { NOREPLACE: RenameFlag.NOREPLACE, EXCHANGE: RenameFlag.EXCHANGE, WHITEOUT: RenameFlag.WHITEOUT };

/** One end of a rename. */
export interface End {
  readonly directory: OverlayNode;
  readonly name: string;
}

/** renameat2(2). */
export function rename(union: Union, { flags, parent, name, newParent, newName }: RenameRequest): Result {
  if (flags > (NOREPLACE | EXCHANGE | WHITEOUT) || (flags & EXCHANGE && flags !== EXCHANGE)) return Errno.EINVAL;
  return run(prepare(union, { directory: union.node(parent), name }, { directory: union.node(newParent), name: newName }, flags));
}

/** Copies up what is to move, and the directories it moves between. */
function* prepare(union: Union, from: End, to: End, flags: number): Steps<Done | Errno> {
  const { upper } = union;
  if (!upper) return Errno.EROFS;
  const error = (yield* copyUp(union, from.directory)) || (yield* copyUp(union, to.directory));
  if (error < 0) return error;
  for (const end of (flags & EXCHANGE) === 0 ? [from] : [from, to]) {
    const copied = yield* raise(union, end);
    if (copied < 0) return copied;
  }
  const moved = yield* wait(union.gate.write(() => move(union, upper, from, to, flags, true)));
  if (typeof moved === 'number') return moved;
  yield* copyUp(union, moved);
  union.release(moved);
  return (yield* wait(union.gate.write(() => move(union, upper, from, to, flags, false)))) as Done | Errno;
}

/** Copies up what stands behind a name. A directory of lower layers cannot move without redirects. */
function* raise(union: Union, { directory, name }: End): Steps<Done | Errno> {
  const entry = yield* wait(union.gate.read(() => resolve(union, directory, name)));
  if (typeof entry === 'number') return entry;
  const node = entry.shown;
  const error = node.directory && node.lowers.length > 0 && !union.redirects ? Errno.EXDEV : yield* copyUp(union, node);
  union.release(node);
  return error;
}

/** A target is to be copied up first, as `removeEntry` has it. */
function* move(union: Union, upper: Upper, from: End, to: End, flags: number, counts: boolean): Steps<Done | Errno | OverlayNode> {
  const found = yield* resolve(union, from.directory, from.name);
  if (typeof found === 'number') return found;
  const source = found.shown;
  const there = yield* resolve(union, to.directory, to.name);
  const target = typeof there === 'number' ? undefined : there.shown;
  let error: Done | Errno = typeof there === 'number' && there !== Errno.ENOENT ? there : judge(source, target, from, to, flags);
  const same = error === Done && target === source && (flags & EXCHANGE) === 0;
  if (error === Done && !same && counts && target && isShared(upper, there as ShownEntry)) {
    union.release(source);
    return target;
  }
  if (error === Done && !same) error = yield* moveNodes(union, upper, from, to, source, target, flags);
  union.release(source);
  if (target) union.release(target);
  return error;
}

function judge(source: OverlayNode, target: OverlayNode | undefined, from: End, to: End, flags: number): Done | Errno {
  if (!source.upper) return Errno.ESTALE;
  if (target && (flags & NOREPLACE) !== 0) return Errno.EEXIST;
  if (!target && (flags & EXCHANGE) !== 0) return Errno.ENOENT;
  if (holds(source, to.directory)) return Errno.EINVAL;
  if (!target) return Done;
  if ((flags & EXCHANGE) !== 0) return holds(target, from.directory) ? Errno.EINVAL : target.upper ? Done : Errno.ESTALE;
  if (holds(target, from.directory)) return Errno.ENOTEMPTY;
  if (target.directory && !source.directory) return Errno.EISDIR;
  return source.directory && !target.directory ? Errno.ENOTDIR : Done;
}

/** Whether a directory is, or is above, another one. */
function holds(node: OverlayNode, directory: OverlayNode): boolean {
  if (!node.directory) return false;
  for (let at: OverlayNode | undefined = directory; at; at = at.parent) if (at === node) return true;
  return false;
}

function* moveNodes(union: Union, upper: Upper, from: End, to: End, source: OverlayNode, target: OverlayNode | undefined, flags: number): Steps<Done | Errno> {
  const named = yield* nameInUpper(union, upper, from, source);
  if (named < 0) return named;
  const exchange = (flags & EXCHANGE) !== 0;
  if (exchange) {
    const other = yield* nameInUpper(union, upper, to, target!);
    if (other < 0) return other;
  } else if (target?.directory) {
    const empty = yield* isEmpty(union, target);
    if (empty !== true) return empty === false ? Errno.ENOTEMPTY : empty;
  }
  const there = yield* inUpper(union, to.directory, to.name);
  const hidden = yield* inLowers(union, from.directory, from.name);
  const hides = yield* inLowers(union, to.directory, to.name);
  if (typeof hidden === 'number') return hidden;
  if (typeof hides === 'number') return hides;
  const error = (yield* mark(union, upper, source, from, to, hides)) || (exchange ? yield* mark(union, upper, target!, to, from, hidden) : 0);
  if (error < 0) return error as Errno;
  const moved = exchange
    ? yield* wait(upper.client.rename(from.directory.upper!.node, from.name, to.directory.upper!.node, to.name, EXCHANGE))
    : yield* moveOne(union, upper, from, to, source, target, hidden);
  if (moved < 0) return moved;
  const guest = (flags & WHITEOUT) === 0 ? 0 : yield* leaveDevice(union, upper, from);
  const impure = (yield* taint(union, upper, to, source)) || (exchange ? yield* taint(union, upper, from, target!) : 0);
  if (target && !exchange) {
    if (!target.directory) yield* drop(union, target, hides && there === 'absent' ? 1 : 0);
    lost(union, target, to.directory, to.name);
  }
  union.called(source, to.directory, to.name);
  if (exchange) union.called(target!, from.directory, from.name);
  return guest < 0 ? guest as Errno : impure;
}

/** A file may have been copied up by another of its names; then this one is still to be made in the upper layer. */
export function* nameInUpper(union: Union, upper: Upper, { directory, name }: End, node: OverlayNode): Steps<Done | Errno> {
  const there = yield* inUpper(union, directory, name);
  if (typeof there === 'number') return there;
  if (typeof there === 'object') return Done;
  if (node.directory) return Errno.ESTALE;
  const held = yield* holdCount(union, node);
  const linked = held || (yield* wait(upper.client.link(node.upper!.node, directory.upper!.node, name)));
  if (typeof linked === 'number') return linked;
  upper.client.forget(linked.node, 1);
  yield* drop(union, node, 1);
  return Done;
}

/** Before a directory moves: says where its lower ones are, or that nothing of what is below its new name shows through. */
function* mark(union: Union, upper: Upper, node: OverlayNode, from: End, to: End, hides: boolean): Steps<Done | Errno> {
  if (!node.directory) return Done;
  if (node.lowers.length > 0) return yield* redirect(union, upper, node, from.directory === to.directory);
  return hides ? yield* upper.setMark(node.upper!.node, union.marks.opaque, 'y') : Done;
}

/** A directory that a copied file has moved to holds numbers that are not its layer's. */
function* taint(union: Union, upper: Upper, { directory }: End, node: OverlayNode): Steps<Done | Errno> {
  if (!upper.marked || node.ino === upper.ino(node.ino) && !node.device && node.lowers.length === 0) return Done;
  directory.upper!.impure = true;
  return yield* upper.setMark(directory.upper!.node, union.marks.impure, 'y');
}

/** Moves an upper file or directory; leaves a whiteout where lower layers have the old name. */
function* moveOne(union: Union, upper: Upper, from: End, to: End, source: OverlayNode, target: OverlayNode | undefined, hidden: boolean): Steps<Done | Errno> {
  const { client } = upper;
  const parent = from.directory.upper!.node;
  const newParent = to.directory.upper!.node;
  const there: UpperState | Errno = yield* inUpper(union, to.directory, to.name);
  if (typeof there === 'number') return there;
  if (source.directory && there !== 'absent') {
    if (typeof there === 'object') {
      const cleared = yield* replaceByWhiteout(union, upper, newParent, to.name, target?.directory === true);
      if (cleared < 0) return cleared;
    }
    // The whiteout goes where the directory was.
    const error = yield* wait(client.rename(parent, from.name, newParent, to.name, EXCHANGE));
    return error < 0 || hidden ? error : yield* wait(client.unlink(parent, from.name));
  }
  if (!hidden) return yield* wait(client.rename(parent, from.name, newParent, to.name));
  const announced = yield* upper.announce(parent, union.marks);
  if (announced < 0) return announced;
  if (upper.devices) {
    const error = yield* wait(client.rename(parent, from.name, newParent, to.name, WHITEOUT));
    if (error !== Errno.EINVAL && error !== Errno.ENOSYS) return error;
  }
  return yield* moveBehindWhiteout(union, upper, from, to);
}

/** Where RENAME_WHITEOUT is not known: the source changes places with a whiteout, then goes to its new name. */
function* moveBehindWhiteout(union: Union, upper: Upper, from: End, to: End): Steps<Done | Errno> {
  const { client } = upper;
  const as = upper.name();
  const parent = from.directory.upper!.node;
  const error = (yield* upper.whiteout(upper.work, as, union.marks)) || (yield* wait(client.rename(upper.work, as, parent, from.name, EXCHANGE)));
  if (error < 0) return error;
  const moved = yield* wait(client.rename(upper.work, as, to.directory.upper!.node, to.name));
  if (moved < 0) yield* wait(client.rename(upper.work, as, parent, from.name, EXCHANGE));
  return moved;
}

/** The caller wants a whiteout of its own where the source was, which is shown as a character device 0:0. */
function* leaveDevice({ marks }: Union, upper: Upper, { directory, name }: End): Steps<Done | Errno> {
  const { client } = upper;
  const as = upper.name();
  directory.upper!.impure = true;
  const made = yield* wait(client.mknod(upper.work, as, S_IFREG | 0o600, 0));
  if (typeof made === 'number') return made;
  const error = (yield* upper.setMark(made.node, marks.device, 'y')) || (yield* upper.setMark(directory.upper!.node, marks.impure, 'y'))
    || (yield* wait(client.rename(upper.work, as, directory.upper!.node, name)));
  client.forget(made.node, 1);
  return error;
}
