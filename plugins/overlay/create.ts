import { constants } from 'node:fs';
import type { Created, Entry } from '../../core/filesystem/entry.js';
import { Errno } from '../../core/filesystem/errno.js';
import type { CreateRequest, LinkRequest, MkdirRequest, MknodRequest, SymlinkRequest, TmpfileRequest } from '../../core/filesystem/requests/index.js';
import type { Result } from '../../core/filesystem/result.js';
import { type Caller, type CreatedFile, type Found, run, type Steps, wait } from '../../stack/index.js';
import { copyUp } from './copy-up.js';
import { inLowers, inUpper } from './entry-state.js';
import { adopt, present, resolve, ShownEntry } from './lookup.js';
import { S_IFCHR, S_IFMT, S_IFREG } from '../../core/protocol/mode.js';
import type { OverlayNode } from './node.js';
import { innerFlags } from './open-flags.js';
import { openNode, register } from './open.js';
import { Staging } from './staging.js';
import type { Union } from './union.js';
import type { Upper } from './upper.js';

const { O_EXCL } = constants;

/** Makes something as `name` in a directory of the upper layer. */
type Make<T extends Found> = (directory: number, name: string) => T | Errno | Promise<T | Errno>;

/** Who asks; a copy, since the request is passed on to nobody. */
const callerOf = ({ uid, gid, supplementaryGroup }: Caller): Caller => ({ uid, gid, supplementaryGroup });

export function mkdir(union: Union, request: MkdirRequest): Result<Entry> {
  const { mode, umask } = request;
  const caller = callerOf(request);
  return run(enter(union, request, (directory, name) => union.upper!.client.mkdir(directory, name, mode, umask, caller), true));
}

/** A character device 0:0 would be a whiteout: a marked file stands for it. */
export function mknod(union: Union, request: MknodRequest): Result<Entry> {
  const { mode, rdev, umask } = request;
  const caller = callerOf(request);
  const { upper } = union;
  const into = union.node(request.parent);
  if ((mode & S_IFMT) !== S_IFCHR || rdev !== 0) return run(enter(union, request, (directory, name) => upper!.client.mknod(directory, name, mode, rdev, umask, caller)));
  return run(enter(union, request, (directory, name) => {
    into.upper!.impure = true;
    return run(makeDevice(union, upper!, directory, name, mode, umask, caller));
  }));
}

function* makeDevice({ marks }: Union, upper: Upper, directory: number, name: string, mode: number, umask: number, caller: Caller): Steps<Found | Errno> {
  const made = yield* wait(upper.client.mknod(directory, name, (mode & ~S_IFMT) | S_IFREG, 0, umask, caller));
  if (typeof made === 'number') return made;
  const error = yield* upper.setMark(made.node, marks.device, 'y');
  const marked = error < 0 ? error : yield* upper.setMark(directory, marks.impure, 'y');
  if (marked >= 0) return made;
  upper.client.forget(made.node, 1);
  yield* wait(upper.client.unlink(directory, name));
  return marked as Errno;
}

export function symlink(union: Union, request: SymlinkRequest): Result<Entry> {
  const { target } = request;
  const caller = callerOf(request);
  return run(enter(union, request, (directory, name) => union.upper!.client.symlink(directory, name, target, caller)));
}

export function link(union: Union, request: LinkRequest): Result<Entry> {
  const { parent, name } = request;
  const source = union.node(request.source);
  return run(linkNode(union, source, union.node(parent), name));
}

function* linkNode(union: Union, source: OverlayNode, directory: OverlayNode, name: string): Steps<Entry | Errno> {
  if (source.directory) return Errno.EPERM;
  const error = (yield* copyUp(union, source)) || (yield* copyUp(union, directory));
  if (error) return error;
  const made = yield* wait(union.gate.write(() => make(union, directory, name, (parent, as) => union.upper!.client.link(source.upper!.node, parent, as), false, false)));
  if (typeof made === 'number') return made;
  source.upper!.count++;
  union.called(source, directory, name);
  return new ShownEntry(source, present(source, made.attributes));
}

function* enter(union: Union, { parent, name }: { parent: number; name: string }, what: Make<Found>, directory = false): Steps<Entry | Errno> {
  const into = union.node(parent);
  const error = yield* copyUp(union, into);
  if (error) return error;
  const found = yield* wait(union.gate.write(() => make(union, into, name, what, directory)));
  return typeof found === 'number' ? found : yield* adopt(union, { upper: { layer: union.upper!, found }, lowers: [] }, into, name);
}

/** Makes something new in a directory that is in the upper layer: what was made, EEXIST; in the gate. `inherits`: from its directory. */
function* make<T extends Found>(union: Union, into: OverlayNode, name: string, what: Make<T>, directory: boolean, inherits = true): Steps<T | Errno> {
  const upper = union.upper!;
  const parent = into.upper!.node;
  const there = into.merged ? yield* inUpper(union, into, name) : 'absent';
  if (typeof there === 'number') return there;
  if (typeof there === 'object') return Errno.EEXIST;
  if (there === 'absent') {
    const hides = yield* inLowers(union, into, name);
    if (typeof hides === 'number') return hides;
    if (hides) return Errno.EEXIST;
    const made = yield* wait(what(parent, name));
    if (made !== Errno.EEXIST || (yield* inUpper(union, into, name)) !== 'whiteout') return made;
  }
  const staging = new Staging(upper);
  const made = yield* staging.make(parent, what, inherits);
  if (typeof made === 'number') return made;
  const error = (directory ? yield* upper.setMark(made.node, union.marks.opaque, 'y') : 0) || (yield* staging.replace(parent, name, directory));
  if (error >= 0) return made;
  yield* staging.discard();
  upper.client.forget(made.node, 1);
  return error as Errno;
}

export function create(union: Union, request: CreateRequest): Result<Created> {
  return run(createFile(union, request));
}

function* createFile(union: Union, request: CreateRequest): Steps<Created | Errno> {
  const { parent, name, flags, mode, umask, writeback, backs } = request;
  const caller = callerOf(request);
  const into = union.node(parent);
  const error = yield* copyUp(union, into);
  if (error) return error;
  const { client } = union.upper!;
  const made = yield* wait(union.gate.write(() => make<CreatedFile>(union, into, name, (directory, as) => client.create(directory, as, innerFlags(flags, writeback) | O_EXCL, mode, umask, caller), false)));
  if (made === Errno.EEXIST && (flags & O_EXCL) === 0) return yield* openExisting(union, into, name, { flags, openFlags: 0, writeback, backs });
  if (made === Errno.ENOSYS) return Errno.ENOSYS;
  return typeof made === 'number' ? made : yield* created(union, made, into, name, flags, backs);
}

/** Somebody else has made the file since the caller's kernel looked for it. */
function* openExisting(union: Union, into: OverlayNode, name: string, request: { flags: number; openFlags: number; writeback: boolean; backs: boolean }): Steps<Created | Errno> {
  const entry = yield* wait(union.gate.read(() => resolve(union, into, name)));
  if (typeof entry === 'number') return entry;
  const opened = yield* openNode(union, entry.shown, request);
  if (typeof opened !== 'number') return { node: entry.node, attributes: entry.attributes, ...opened };
  union.release(entry.shown);
  return opened;
}

function* created(union: Union, made: CreatedFile, into: OverlayNode | undefined, name: string, flags: number, backs: boolean): Steps<Created> {
  const upper = union.upper!;
  const entry = yield* adopt(union, { upper: { layer: upper, found: made }, lowers: [] }, into, name);
  return { node: entry.node, attributes: entry.attributes, ...register(union, entry.shown, upper, made.node, made, flags, backs) };
}

export function tmpfile(union: Union, request: TmpfileRequest): Result<Created> {
  return run(createUnnamed(union, request));
}

function* createUnnamed(union: Union, request: TmpfileRequest): Steps<Created | Errno> {
  const { parent, flags, mode, umask, writeback, backs } = request;
  const caller = callerOf(request);
  const into = union.node(parent);
  const error = yield* copyUp(union, into);
  if (error) return error;
  const inner = innerFlags(flags, writeback) | (flags & O_EXCL);
  const made = yield* wait(union.upper!.client.tmpfile(into.upper!.node, inner, mode, umask, caller));
  if (typeof made === 'number') return made === Errno.ENOSYS ? Errno.EOPNOTSUPP : made;
  return yield* created(union, made, undefined, '', flags, backs);
}
