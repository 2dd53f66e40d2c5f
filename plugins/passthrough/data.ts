import { constants } from 'node:fs';
import { asErrno, Errno } from '../../core/filesystem/errno.js';
import type { CopyFileRangeRequest, FallocateRequest, FsyncRequest, LseekRequest, ReadRequest, WriteRequest } from '../../core/filesystem/requests/index.js';
import type { Done, Result } from '../../core/filesystem/result.js';
import { Attr } from '../../core/protocol/structs.js';
import { getI64 } from '../../core/protocol/words.js';
import { native, slab } from '../../native/index.js';
import { UTIME_OMIT } from '../../native/syscalls.js';
import { killPrivileges } from './privileges.js';
import { scratch } from './scratch.js';
import type { Share } from './share.js';

const { O_APPEND } = constants;
/** pwritev2(2): append whatever the offset, for this one write. */
const RWF_APPEND = 0x10;
/** Bytes that are copied or allocated at once; more of them may take long, and is left to the thread pool. */
const AT_ONCE = 1 << 20;
/** Most bytes one COPY_FILE_RANGE copies; callers go on from there. */
const COPY_MAX = 1 << 30;

export function read(request: ReadRequest): Done | Errno {
  return request.readFrom(request.handle);
}

/** What comes from the kernel's cache stands where the kernel says; a caller's append stands where the file ends by now. */
export function write({ readonly }: Share, request: WriteRequest): Done | Errno {
  if (readonly) return Errno.EROFS;
  if (request.killPrivileges) killPrivileges(request.handle, request.gid);
  if (request.writeback) return request.fromCache ? writeGathered(request) : request.writeTo(request.handle, request.offset);
  const append = (request.flags & O_APPEND) !== 0 && !request.fromCache;
  return request.writeTo(request.handle, request.offset, append ? RWF_APPEND : 0);
}

/** What a write-back cache has gathered leaves the mtime as it is: the kernel tells it by SETATTR, which may have come first. */
function writeGathered(request: WriteRequest): Done | Errno {
  const { handle } = request;
  const error = native.lookup(handle, 0, scratch.attr, scratch.identity);
  const answer = request.writeTo(handle, request.offset);
  if (error >= 0) native.utimens(handle, 0, UTIME_OMIT, getI64(slab.u32, (scratch.attr + Attr.mtime) >> 2), slab.u32[(scratch.attr + Attr.mtimensec) >> 2]!);
  return answer;
}

export function fsync({ nodes }: Share, request: FsyncRequest): Result {
  const { handle } = request;
  const dataOnly = request.datasync ? 1 : 0;
  return nodes.mount(request.node).volatile ? asErrno(native.fsync(handle, dataOnly)) : native.fsyncAsync(handle, dataOnly).then(asErrno);
}

export function fallocate({ readonly }: Share, request: FallocateRequest): Result {
  if (readonly) return Errno.EROFS;
  if (request.offset + request.size > Number.MAX_SAFE_INTEGER) return Errno.EFBIG;
  const { handle, mode, offset, size } = request;
  mayKill(request, handle);
  return size <= AT_ONCE ? asErrno(native.fallocate(handle, mode, offset, size)) : native.fallocateAsync(handle, mode, offset, size).then(asErrno);
}

/** These requests do not say whether the caller has CAP_FSETID; root is taken to have it. */
function mayKill({ uid, gid }: { uid: number; gid: number }, fd: number): void {
  if (uid !== 0) killPrivileges(fd, gid);
}

export function lseek(request: LseekRequest): number {
  return native.lseek(request.handle, request.offset, request.whence);
}

export function copyFileRange({ readonly }: Share, request: CopyFileRangeRequest): Result<number> {
  if (readonly) return Errno.EROFS;
  const { handle, offset, targetHandle, targetOffset, flags } = request;
  const size = Math.min(request.size, COPY_MAX);
  mayKill(request, targetHandle);
  if (size <= AT_ONCE) return native.copyFileRange(handle, offset, targetHandle, targetOffset, size, flags);
  return native.copyFileRangeAsync(handle, offset, targetHandle, targetOffset, size, flags);
}
