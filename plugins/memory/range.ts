import { Errno } from '../../core/filesystem/errno.js';
import type { CopyFileRangeRequest, FallocateRequest, LseekRequest } from '../../core/filesystem/requests/index.js';
import { Done } from '../../core/filesystem/result.js';
import { allocate, extend, pageIndex, punch, reserve, SIZE_MAX } from './extent.js';
import { PAGE_SIZE } from './page.js';
import { dropPrivileges } from './privileges.js';
import type { Volume } from './volume.js';

/** Modes of fallocate(2). */
const KEEP_SIZE = 1;
const PUNCH_HOLE = 2;
const ZERO_RANGE = 16;

/** lseek(2). */
const SEEK_DATA = 3;
const SEEK_HOLE = 4;

/** Bytes copied by one request at most, so that others get their turn; the caller asks for the rest. */
const COPY_MAX = 2 ** 24;

/** Modes as tmpfs has them, and ZERO_RANGE. The kernel does not say who may keep set-ID bits: the superuser may. */
export function fallocate(volume: Volume, request: FallocateRequest): Done | Errno {
  const { mode, offset, size } = request;
  const inode = volume.inode(request.node);
  if (!inode.pages) return Errno.ENODEV;
  if (size === 0) return Errno.EINVAL;
  const end = offset + size;
  if (end > SIZE_MAX) return Errno.EFBIG;
  if (mode === (PUNCH_HOLE | KEEP_SIZE)) punch(volume, inode, offset, end);
  else if ((mode & ~(KEEP_SIZE | ZERO_RANGE)) !== 0) return Errno.EOPNOTSUPP;
  else {
    if (!reserve(volume, inode, pageIndex(offset), Math.ceil(end / PAGE_SIZE))) return Errno.ENOSPC;
    if (mode & ZERO_RANGE) {
      punch(volume, inode, offset, end);
      reserve(volume, inode, pageIndex(offset), Math.ceil(end / PAGE_SIZE));
    }
    if ((mode & KEEP_SIZE) === 0) extend(inode, end);
  }
  dropPrivileges(volume, inode, request.uid !== 0, request.gid);
  inode.modified(volume.clock);
  return Done;
}

export function lseek(volume: Volume, request: LseekRequest): number {
  const { offset, whence } = request;
  const { pages, size } = volume.inode(request.node);
  if (!pages || (whence !== SEEK_DATA && whence !== SEEK_HOLE)) return Errno.EINVAL;
  if (offset < 0 || offset >= size) return Errno.ENXIO;
  const hole = whence === SEEK_HOLE;
  const found = Math.max(offset, pages.next(pageIndex(offset), hole) * PAGE_SIZE);
  if (hole) return Math.min(found, size);
  return found < size ? found : Errno.ENXIO;
}

/** Copies page by page inside this process; a hole is copied as zeros. */
export function copyFileRange(volume: Volume, request: CopyFileRangeRequest): number {
  const { pages: store } = volume;
  const source = volume.inode(request.node);
  const target = volume.inode(request.targetNode);
  const { offset, targetOffset } = request;
  if (!source.pages || !target.pages || request.flags !== 0) return Errno.EINVAL;
  const size = Math.min(request.size, source.size - offset, COPY_MAX);
  if (size <= 0) return 0;
  if (targetOffset + size > SIZE_MAX) return Errno.EFBIG;
  if (source === target && Math.abs(offset - targetOffset) < size) return Errno.EINVAL;
  const end = allocate(volume, target, targetOffset, targetOffset + size);
  if (end === targetOffset) return Errno.ENOSPC;
  for (let at = targetOffset; at < end;) {
    const from = at - targetOffset + offset;
    const index = pageIndex(at);
    const fromIndex = pageIndex(from);
    const length = Math.min(end, (index + 1) * PAGE_SIZE, at + (fromIndex + 1) * PAGE_SIZE - from) - at;
    const page = target.pages.get(index);
    const fromPage = source.pages.get(fromIndex);
    const start = at - index * PAGE_SIZE;
    if (fromPage > 0) {
      const fromStart = store.offset(fromPage) + from - fromIndex * PAGE_SIZE;
      store.bytes(page).set(store.bytes(fromPage).subarray(fromStart, fromStart + length), store.offset(page) + start);
    } else store.zero(page, start, start + length);
    at += length;
  }
  source.accessed(volume.clock);
  extend(target, end);
  dropPrivileges(volume, target, request.uid !== 0, request.gid);
  target.modified(volume.clock);
  return end - targetOffset;
}
