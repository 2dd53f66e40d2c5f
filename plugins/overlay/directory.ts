import { Attributes } from '../../core/filesystem/attributes.js';
import type { Entry, Opened } from '../../core/filesystem/entry.js';
import { Errno } from '../../core/filesystem/errno.js';
import type { FsyncdirRequest, OpendirRequest, ReaddirplusRequest, ReaddirRequest, Release } from '../../core/filesystem/requests/index.js';
import { Done, type Result } from '../../core/filesystem/result.js';
import { type Client, run, type Steps, wait } from '../../stack/index.js';
import { resolve } from './lookup.js';
import { list, type MergedEntry } from './merge.js';
import { FileType, type OverlayNode } from './node.js';
import type { Union } from './union.js';

/** Cookies of `.` and `..`; the entry at index i of a listing has i + 3. */
const DOT = 1;
const DOT_DOT = 2;

export function opendir(union: Union, { node }: OpendirRequest): Opened | Errno {
  return union.node(node).directory ? { handle: union.streams.open() } : Errno.ENOTDIR;
}

export function releasedir(union: Union, { handle }: Release): Done {
  union.streams.close(handle);
  return Done;
}

export function readdir(union: Union, request: ReaddirRequest): Result {
  return union.gate.read(() => addNames(union, request));
}

export function readdirplus(union: Union, request: ReaddirplusRequest): Result {
  return union.gate.read(() => addEntries(union, request));
}

/** The listing of an open directory; made anew when it is read from the start. */
function* listing(union: Union, { handle, offset }: ReaddirRequest | ReaddirplusRequest, directory: OverlayNode): Steps<readonly MergedEntry[] | Errno> {
  if (handle < 0) return Errno.EBADF;
  const known = offset === 0 ? undefined : union.streams.get(handle);
  if (known) return known;
  const made = yield* list(union, directory);
  if (typeof made !== 'number') union.streams.set(handle, made);
  return made;
}

function* addNames(union: Union, request: ReaddirRequest): Steps<Done | Errno> {
  const directory = union.node(request.node);
  const entries = yield* listing(union, request, directory);
  if (typeof entries === 'number') return entries;
  const { offset } = request;
  if (offset < DOT && !request.add('.', directory.ino, FileType.DIRECTORY, DOT)) return Done;
  if (offset < DOT_DOT && !request.add('..', parent(union, directory).ino, FileType.DIRECTORY, DOT_DOT)) return Done;
  for (let i = Math.max(offset - DOT_DOT, 0); i < entries.length; i++) {
    const { name, ino, type } = entries[i]!;
    if (!request.add(name, ino, type, i + DOT_DOT + 1)) return Done;
  }
  return Done;
}

function* addEntries(union: Union, request: ReaddirplusRequest): Steps<Done | Errno> {
  const directory = union.node(request.node);
  const entries = yield* listing(union, request, directory);
  if (typeof entries === 'number') return entries;
  const { offset } = request;
  if (offset < DOT && !request.add('.', unreferenced(directory.ino, FileType.DIRECTORY), DOT)) return Done;
  if (offset < DOT_DOT && !request.add('..', unreferenced(parent(union, directory).ino, FileType.DIRECTORY), DOT_DOT)) return Done;
  for (let i = Math.max(offset - DOT_DOT, 0); i < entries.length; i++) {
    const { name, ino, type } = entries[i]!;
    const found = yield* resolve(union, directory, name);
    // Whatever else is wrong with an entry, it is there.
    if (found === Errno.ENOENT || found === Errno.ENOTDIR) continue;
    const added = request.add(name, typeof found === 'number' ? unreferenced(ino, type) : found, i + DOT_DOT + 1);
    if (typeof found !== 'number') union.release(found.shown);
    if (!added) return Done;
  }
  return Done;
}

/** The root is its own parent; so is a directory that has been removed. */
function parent(union: Union, directory: OverlayNode): OverlayNode {
  return directory === union.root ? directory : (directory.parent ?? directory);
}

/** An entry that counts as no look-up. */
function unreferenced(ino: number, type: number): Entry {
  return { node: 0, attributes: new Attributes({ ino, mode: type << 12 }) };
}

/** Only the upper layer's directory can have changed. */
export function fsyncdir(union: Union, { node }: FsyncdirRequest): Result {
  const { upper } = union;
  const place = union.node(node).upper;
  if (!upper || !place || upper.isVolatile) return Done;
  return run(sync(upper.client, place.node));
}

function* sync(client: Client, node: number): Steps<Done | Errno> {
  const opened = yield* wait(client.opendir(node));
  if (typeof opened === 'number') return opened;
  const error = yield* wait(client.fsyncdir(node, opened.handle));
  yield* wait(client.releasedir(node, opened.handle));
  return error === Errno.ENOSYS ? Done : error;
}
