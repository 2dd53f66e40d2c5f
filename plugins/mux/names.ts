import { constants } from 'node:fs';
import type { Created, Entry } from '../../core/filesystem/entry.js';
import { Errno } from '../../core/filesystem/errno.js';
import { NO_HANDLE } from '../../core/filesystem/handles.js';
import type * as r from '../../core/filesystem/requests/index.js';
import type { Result } from '../../core/filesystem/result.js';
import { ROOT_NODE } from '../../core/protocol/flags.js';
import { Opcode } from '../../core/protocol/opcode.js';
import { run } from '../../stack/index.js';
import { pass, passBoth } from './pass.js';
import { shareEntry } from './root.js';
import type { Tree } from './tree.js';
import { counted } from './uses.js';

const { O_EXCL } = constants;

export function lookup(tree: Tree, request: r.LookupRequest): Result<Entry> {
  if (request.parent !== ROOT_NODE) return pass<Entry>(tree.numbers, Opcode.LOOKUP, request, Errno.ENOENT);
  const share = tree.get(request.name);
  return share ? run(shareEntry(tree, share, request.submounts)) : Errno.ENOENT;
}

type Making = r.MkdirRequest | r.MknodRequest | r.CreateRequest;

/** A share that knows no umask gets the mode that is left of it. */
function mask(tree: Tree, request: Making): void {
  if (!tree.numbers.share(request.node)!.masks) request.mode &= ~request.umask;
}

export function make(tree: Tree, opcode: Opcode.MKDIR | Opcode.MKNOD, request: r.MkdirRequest | r.MknodRequest): Result<Entry> {
  if (request.parent === ROOT_NODE) return inRoot(tree, request.name);
  mask(tree, request);
  return pass<Entry>(tree.numbers, opcode, request, Errno.EROFS);
}

export function symlink(tree: Tree, request: r.SymlinkRequest): Result<Entry> {
  return request.parent === ROOT_NODE ? inRoot(tree, request.name) : pass<Entry>(tree.numbers, Opcode.SYMLINK, request, Errno.EROFS);
}

/** A kernel that is told ENOSYS uses MKNOD and OPEN from then on. */
export function create(tree: Tree, request: r.CreateRequest): Result<Created> {
  if (request.parent === ROOT_NODE) return tree.get(request.name) && (request.flags & O_EXCL) === 0 ? Errno.EISDIR : inRoot(tree, request.name);
  mask(tree, request);
  const share = tree.numbers.share(request.node)!;
  return counted(share, pass<Created>(tree.numbers, Opcode.CREATE, request, share.handles(Opcode.MKNOD) ? Errno.ENOSYS : Errno.EROFS));
}

export function tmpfile(tree: Tree, request: r.TmpfileRequest): Result<Created> {
  if (request.parent === ROOT_NODE) return Errno.EPERM;
  mask(tree, request);
  return counted(tree.numbers.share(request.node)!, pass<Created>(tree.numbers, Opcode.TMPFILE, request, Errno.EOPNOTSUPP));
}

const inRoot = (tree: Tree, name: string): Errno => (tree.get(name) ? Errno.EEXIST : Errno.EPERM);

export function link(tree: Tree, request: r.LinkRequest): Result<Entry> {
  const { source, parent } = request;
  const share = tree.numbers.share(source);
  if (share !== tree.numbers.share(parent)) return Errno.EXDEV;
  if (!share) return Errno.EPERM;
  return passBoth(tree.numbers, request, source, NO_HANDLE, () => pass<Entry>(tree.numbers, Opcode.LINK, request, Errno.EPERM));
}

/** A share is removed from outside, as what is mounted. */
export function remove(tree: Tree, opcode: Opcode.UNLINK | Opcode.RMDIR, request: r.RemoveRequest): Result {
  if (request.parent !== ROOT_NODE) return pass(tree.numbers, opcode, request, Errno.EROFS);
  if (!tree.get(request.name)) return Errno.ENOENT;
  return opcode === Opcode.UNLINK ? Errno.EISDIR : Errno.EBUSY;
}

export function rename(tree: Tree, request: r.RenameRequest): Result {
  const { parent, newParent, flags } = request;
  const share = tree.numbers.share(parent);
  if ((parent === ROOT_NODE && tree.get(request.name)) || (newParent === ROOT_NODE && tree.get(request.newName))) return Errno.EBUSY;
  if (parent === ROOT_NODE) return Errno.ENOENT;
  if (share !== tree.numbers.share(newParent)) return Errno.EXDEV;
  return passBoth(tree.numbers, request, newParent, NO_HANDLE, () => pass(tree.numbers, Opcode.RENAME2, request, flags === 0 ? Errno.EROFS : Errno.EINVAL));
}
