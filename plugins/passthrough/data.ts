import { constants } from 'node:fs';
import { asErrno, Errno } from '../../core/filesystem/errno.js';
import type { CopyFileRangeRequest, FallocateRequest, FsyncRequest, LseekRequest, ReadRequest, WriteRequest } from '../../core/filesystem/requests/index.js';
import type { Done } from '../../core/filesystem/result.js';
import { native } from '../../native/index.js';
import { killPrivileges } from './privileges.js';
import type { Share } from './share.js';

const { O_APPEND } = constants;
/** pwritev2(2): append whatever the offset, for this one write. */
const RWF_APPEND = 0x10;
/** Most bytes one COPY_FILE_RANGE copies, so that it does not hold up other requests; callers go on from there. */
const COPY_MAX = 64 << 20;

export function read(request: ReadRequest): Done | Errno {
  return request.readFrom(request.handle);
}

/** What comes from the kernel's cache stands where the kernel says; a caller's append stands where the file ends by now. */
export function write({ readonly }: Share, request: WriteRequest): Done | Errno {
  if (readonly) return Errno.EROFS;
  if (request.killPrivileges) killPrivileges(request.handle);
  const append = (request.flags & O_APPEND) !== 0 && !request.fromCache && !request.writeback;
  return request.writeTo(request.handle, request.offset, append ? RWF_APPEND : 0);
}

export function fsync(request: FsyncRequest): Done | Errno {
  return asErrno(native.fsync(request.handle, request.datasync ? 1 : 0));
}

export function fallocate({ readonly }: Share, request: FallocateRequest): Done | Errno {
  if (readonly) return Errno.EROFS;
  if (request.offset + request.size > Number.MAX_SAFE_INTEGER) return Errno.EFBIG;
  mayKill(request, request.handle);
  return asErrno(native.fallocate(request.handle, request.mode, request.offset, request.size));
}

/** These requests do not say whether the caller has CAP_FSETID; root is taken to have it. */
function mayKill({ uid }: { uid: number }, fd: number): void {
  if (uid !== 0) killPrivileges(fd);
}

export function lseek(request: LseekRequest): number {
  return native.lseek(request.handle, request.offset, request.whence);
}

export function copyFileRange({ readonly }: Share, request: CopyFileRangeRequest): number {
  if (readonly) return Errno.EROFS;
  const { handle, offset, targetHandle, targetOffset } = request;
  mayKill(request, targetHandle);
  return native.copyFileRange(handle, offset, targetHandle, targetOffset, Math.min(request.size, COPY_MAX), request.flags);
}
