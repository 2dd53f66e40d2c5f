import { constants } from 'node:fs';
import { Errno } from '../../core/filesystem/errno.js';
import type { ReadRequest, WriteRequest } from '../../core/filesystem/requests/index.js';
import { Done } from '../../core/filesystem/result.js';
import { allocate, extend, pageIndex, SIZE_MAX } from './extent.js';
import { PAGE_SIZE } from './page.js';
import type { PageStore } from './page-store.js';
import type { PageTree } from './page-tree.js';
import { dropPrivileges } from './privileges.js';
import type { Volume } from './volume.js';

export const O_NOATIME = 0o1000000;

/** Index of the page behind the longest run from `index` whose pages adjoin in memory, or are all not written; at most `limit`. */
function runEnd(tree: PageTree, store: PageStore, index: number, limit: number): number {
  let page = tree.get(index++);
  if (page <= 0) while (index < limit && tree.get(index) <= 0) index++;
  else while (index < limit && store.continues(page) && tree.get(index) === page + 1) {
    page++;
    index++;
  }
  return index;
}

export function read(volume: Volume, request: ReadRequest): Done | Errno {
  const { pages: store } = volume;
  const inode = volume.inode(request.node);
  const tree = inode.pages;
  if (!tree) return inode.directory ? Errno.EISDIR : Errno.EINVAL;
  if (request.size > 0 && (request.flags & O_NOATIME) === 0) inode.accessed(volume.clock);
  let at = request.offset;
  const end = Math.min(at + request.size, inode.size);
  const limit = Math.ceil(end / PAGE_SIZE);
  while (at < end) {
    const index = pageIndex(at);
    const page = tree.get(index);
    const next = Math.min(end, runEnd(tree, store, index, limit) * PAGE_SIZE);
    if (page > 0) request.send(store.bytes(page), store.offset(page) + at - index * PAGE_SIZE, next - at);
    else request.sendZeros(next - at);
    at = next;
  }
  return Done;
}

export function write(volume: Volume, request: WriteRequest): Done | Errno {
  const { pages: store } = volume;
  const inode = volume.inode(request.node);
  const tree = inode.pages;
  if (!tree) return inode.directory ? Errno.EISDIR : Errno.EINVAL;
  const { size } = request;
  if (size === 0) return request.wrote(0);
  const append = (request.flags & constants.O_APPEND) !== 0 && !request.fromCache && !request.writeback;
  const from = append ? inode.size : request.offset;
  if (from >= SIZE_MAX) return Errno.EFBIG;
  const end = allocate(volume, inode, from, Math.min(from + size, SIZE_MAX));
  if (end === from) return Errno.ENOSPC;
  const limit = Math.ceil(end / PAGE_SIZE);
  for (let at = from; at < end;) {
    const index = pageIndex(at);
    const page = tree.get(index);
    const next = Math.min(end, runEnd(tree, store, index, limit) * PAGE_SIZE);
    const bytes = store.bytes(page);
    const start = store.offset(page) + at - index * PAGE_SIZE;
    const copied = request.copyTo(bytes, start, at - from, next - at);
    // The transport has lost the data: a new page must not show what it held for another file.
    if (copied < next - at) bytes.fill(0, start + Math.max(copied, 0), start + next - at);
    at = next;
  }
  extend(inode, end);
  inode.modified(volume.clock);
  dropPrivileges(volume, inode, request.killPrivileges, request.gid);
  return request.wrote(end - from);
}
