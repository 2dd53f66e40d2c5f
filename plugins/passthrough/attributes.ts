import { asErrno, Errno } from '../../core/filesystem/errno.js';
import type { GetattrRequest, SetattrRequest, StatxRequest } from '../../core/filesystem/requests/index.js';
import type { Done } from '../../core/filesystem/result.js';
import { SetattrValid } from '../../core/protocol/flags.js';
import { native } from '../../native/index.js';
import { UTIME_NOW, UTIME_OMIT } from '../../native/syscalls.js';
import { become, leave } from './caller.js';
import { FileType } from './known-files.js';
import { ANY_GROUP, killPrivileges } from './privileges.js';
import { scratch } from './scratch.js';
import type { Share } from './share.js';

/** What takes a permission to set. */
const JUDGED = SetattrValid.MODE | SetattrValid.UID | SetattrValid.GID | SetattrValid.SIZE | SetattrValid.ATIME | SetattrValid.MTIME;
/** What a SETATTR may set; the other bits say how. */
const SETS = JUDGED | SetattrValid.CTIME;

/** The caller's open file where the request names one: that works even when the file has lost its last name. */
function fdOf({ nodes }: Share, { handle, node }: { handle: number; node: number }): number {
  return handle >= 0 ? handle : nodes.fd(node);
}

export function getattr(share: Share, request: GetattrRequest | SetattrRequest): Done | Errno {
  const fd = fdOf(share, request);
  if (fd < 0) return asErrno(fd);
  const error = native.lookup(fd, 0, request.attrOffset, scratch.identity);
  return error < 0 ? asErrno(error) : request.attributes();
}

export function statx(share: Share, request: StatxRequest): Done | Errno {
  const fd = fdOf(share, request);
  if (fd < 0) return asErrno(fd);
  const error = native.statx(fd, request.mask, request.statxOffset);
  return error < 0 ? asErrno(error) : request.statx();
}

/** Owner before mode, since chown(2) takes set-id bits away; size before times, since truncate(2) changes them. */
export function setattr(share: Share, request: SetattrRequest): Done | Errno {
  if (share.readonly) return Errno.EROFS;
  const fd = fdOf(share, request);
  if (fd < 0) return asErrno(fd);
  const asCaller = (request.valid & JUDGED) !== 0 && !isByKernel(request);
  let error = (asCaller ? become(request) : 0) || setOwner(fd, request);
  if (error >= 0 && (request.valid & SetattrValid.MODE) !== 0) error = native.fchmod(fd, request.mode & 0o7777);
  if (error >= 0) error = setSize(share, fd, request);
  if (error >= 0) error = setTimes(fd, request);
  leave(request);
  if (error >= 0 && (request.valid & SetattrValid.KILL_SUIDGID) !== 0) error = killPrivileges(fd, request.uid === 0 ? ANY_GROUP : request.gid);
  return error < 0 ? asErrno(error) : getattr(share, request);
}

/** With a write-back cache the kernel tells the mtime of what it writes, by an open file, whoever the request names. */
function isByKernel({ writeback, handle, valid }: SetattrRequest): boolean {
  return writeback && handle >= 0 && (valid & SETS) === (SetattrValid.MTIME | SetattrValid.CTIME);
}

/** A chown(2) that changes neither id is asked for with no bit at all; it still moves ctime. */
function setOwner(fd: number, request: SetattrRequest): number {
  const uid = (request.valid & SetattrValid.UID) !== 0;
  const gid = (request.valid & SetattrValid.GID) !== 0;
  return uid || gid || (request.valid & SETS) === 0 ? native.fchown(fd, uid ? request.newUid : -1, gid ? request.newGid : -1) : 0;
}

function setSize({ nodes }: Share, fd: number, request: SetattrRequest): number {
  if ((request.valid & SetattrValid.SIZE) === 0) return 0;
  if (nodes.type(request.node) !== FileType.REGULAR) return Errno.EINVAL;
  if (request.size > Number.MAX_SAFE_INTEGER) return Errno.EFBIG;
  return native.truncate(fd, request.size);
}

function setTimes(fd: number, request: SetattrRequest): number {
  const valid = request.defaultPermissions ? request.valid : asAsked(request);
  if ((valid & (SetattrValid.ATIME | SetattrValid.MTIME)) === 0) return 0;
  return native.utimens(
    fd,
    request.atime,
    nanoseconds(valid & SetattrValid.ATIME, valid & SetattrValid.ATIME_NOW, request.atimeNsec),
    request.mtime,
    nanoseconds(valid & SetattrValid.MTIME, valid & SetattrValid.MTIME_NOW, request.mtimeNsec),
  );
}

/**
 * With a write-back cache the kernel gives its own time where the caller said "now", as in touch(1) and truncate(2), for
 * which it is enough to be a writer.
 */
function asAsked(request: SetattrRequest): number {
  const { valid } = request;
  const byClock = (valid & SetattrValid.CTIME) !== 0 && request.mtime === request.ctime && request.mtimeNsec === request.ctimeNsec;
  if (!request.writeback || !byClock) return valid;
  return (valid & SetattrValid.SIZE) === 0 ? valid | SetattrValid.MTIME_NOW : valid & ~SetattrValid.MTIME;
}

/** What utimensat(2) takes: UTIME_OMIT and UTIME_NOW come only from the flags, never from a number that looks like them. */
function nanoseconds(set: number, now: number, value: number): number {
  if (set === 0) return UTIME_OMIT;
  return now === 0 ? Math.min(value, 999_999_999) : UTIME_NOW;
}
