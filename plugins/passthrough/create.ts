import { constants } from 'node:fs';
import { asErrno, Errno } from '../../core/filesystem/errno.js';
import type { CreateRequest, LinkRequest, MkdirRequest, MknodRequest, SymlinkRequest, TmpfileRequest } from '../../core/filesystem/requests/index.js';
import type { Done } from '../../core/filesystem/result.js';
import { Attr } from '../../core/protocol/structs.js';
import { native, slab } from '../../native/index.js';
import { O_TMPFILE } from '../../native/syscalls.js';
import { become, enter, leave, leaveCreated, NO_UMASK, umaskFor } from './caller.js';
import { answerEntry } from './lookup.js';
import { STEP } from './mounts.js';
import { backing, openFlags, openNode, quietly } from './open.js';
import { scratch } from './scratch.js';
import type { Share } from './share.js';

const { O_CREAT, O_EXCL, O_NOFOLLOW } = constants;

export function mkdir(share: Share, request: MkdirRequest): Done | Errno {
  const dirfd = share.writable(request.parent);
  if (dirfd < 0) return asErrno(dirfd);
  const error = enter(request, umaskFor(request.mode, request.umask)) || native.mkdirat(dirfd, request.nameOffset, request.mode & 0o7777);
  return answerCreated(share, request, dirfd, error);
}

export function mknod(share: Share, request: MknodRequest): Done | Errno {
  const dirfd = share.writable(request.parent);
  if (dirfd < 0) return asErrno(dirfd);
  const error = enter(request, umaskFor(request.mode, request.umask)) || native.mknodat(dirfd, request.nameOffset, request.mode, request.rdev);
  return answerCreated(share, request, dirfd, error);
}

export function symlink(share: Share, request: SymlinkRequest): Done | Errno {
  const dirfd = share.writable(request.parent);
  if (dirfd < 0) return asErrno(dirfd);
  const error = enter(request, NO_UMASK) || native.symlinkat(request.targetOffset, dirfd, request.nameOffset);
  return answerCreated(share, request, dirfd, error);
}

/** `error` is what the creating system call returned. */
function answerCreated(share: Share, request: MkdirRequest | MknodRequest | SymlinkRequest, dirfd: number, error: number): Done | Errno {
  leaveCreated();
  return error < 0 ? asErrno(error) : answerEntry(share, request, dirfd, request.nameOffset);
}

export function link(share: Share, request: LinkRequest): Done | Errno {
  const dirfd = share.writable(request.parent);
  if (dirfd < 0) return asErrno(dirfd);
  const fd = share.nodes.fd(request.source);
  if (fd < 0) return asErrno(fd);
  const error = become(request) || native.linkat(fd, dirfd, request.nameOffset);
  leave(request);
  return error < 0 ? asErrno(error) : answerEntry(share, request, dirfd, request.nameOffset);
}

export function create(share: Share, request: CreateRequest): Done | Errno {
  const dirfd = share.writable(request.parent);
  if (dirfd < 0) return asErrno(dirfd);
  const flags = openFlags(request.flags, request.writeback) | O_CREAT | O_EXCL | O_NOFOLLOW;
  let fd = openNew(request, dirfd, request.nameOffset, flags);
  if (share.nodes.spares(fd)) fd = openNew(request, dirfd, request.nameOffset, flags);
  if (fd === Errno.EEXIST && (request.flags & O_EXCL) === 0) fd = openExisting(share, request, dirfd);
  return fd < 0 ? asErrno(fd) : answerOpen(share, request, fd, dirfd, request.nameOffset);
}

/** A new file of the caller's, named `name` in `dirfd` or without a name. */
function openNew(request: CreateRequest | TmpfileRequest, dirfd: number, name: number, flags: number): number {
  const fd = enter(request, umaskFor(request.mode, request.umask)) || native.openat2(dirfd, name, flags, request.mode & 0o7777, STEP);
  leaveCreated();
  return fd;
}

/** Somebody else has made the file since the guest's kernel looked for it. */
function openExisting({ nodes }: Share, request: CreateRequest, dirfd: number): number {
  const error = native.lookup(dirfd, request.nameOffset, scratch.attr, scratch.identity);
  if (error < 0) return error;
  const node = nodes.at(request.parent, dirfd, request.nameOffset);
  if (node < 0) return node;
  const fd = openNode(nodes, request, node);
  if (fd < 0) nodes.abandon(node);
  return fd;
}

/** Answers for a file that an earlier process has made for this very request. */
export function adopt(share: Share, request: CreateRequest): Done | Errno {
  const dirfd = share.writable(request.parent);
  if (dirfd < 0) return asErrno(dirfd);
  const fd = openExisting(share, request, dirfd);
  return fd < 0 ? asErrno(fd) : answerOpen(share, request, fd, dirfd, request.nameOffset);
}

export function tmpfile(share: Share, request: TmpfileRequest): Done | Errno {
  const dirfd = share.writable(request.parent);
  if (dirfd < 0) return asErrno(dirfd);
  const flags = openFlags(request.flags, request.writeback) | (request.flags & O_EXCL) | O_TMPFILE;
  let fd = openNew(request, dirfd, 0, flags);
  if (share.nodes.spares(fd)) fd = openNew(request, dirfd, 0, flags);
  return fd < 0 ? asErrno(fd) : answerOpen(share, request, fd, fd, 0);
}

/** Answers with the open file `fd`, found as `name` in `dirfd`. */
function answerOpen(share: Share, request: CreateRequest, fd: number, dirfd: number, name: number): Done | Errno {
  const { nodes } = share;
  let answer: number = native.lookup(fd, 0, request.attrOffset, scratch.identity);
  if (answer >= 0) {
    const node = nodes.at(request.parent, dirfd, name, fd);
    answer = node < 0 ? node : request.created(node, fd, quietly(share, node, request.flags), backing(request, fd, slab.u32[(request.attrOffset + Attr.mode) >> 2]), fd);
    if (answer >= 0) nodes.opened(node, fd);
    else if (node > 0) nodes.abandon(node);
  }
  if (answer < 0) native.close(fd);
  return asErrno(answer);
}
