import { Errno } from '../../core/filesystem/errno.js';
import { Done } from '../../core/filesystem/result.js';
import type { Inode } from './inode.js';
import { HOLE, PAGE_BLOCKS, PAGE_SIZE, RESERVED, ZEROED } from './page.js';
import type { Volume } from './volume.js';

/** The largest size of a file: offsets are exact as JavaScript numbers up to here. */
export const SIZE_MAX = Number.MAX_SAFE_INTEGER;

export function pageIndex(offset: number): number {
  return Math.floor(offset / PAGE_SIZE);
}

/**
 * Sees to it that the bytes from `from` to before `to` have pages, which hold zeros outside of that range where they are
 * new. The offset up to which that was possible: less than `to` when there is no space left.
 */
export function allocate(volume: Volume, inode: Inode, from: number, to: number): number {
  const { pages: store } = volume;
  const tree = inode.pages!;
  const end = Math.ceil(to / PAGE_SIZE);
  let index = pageIndex(from);
  let goal = index > 0 ? tree.get(index - 1) + 1 : 0;
  for (; index < end; index++) {
    let page = tree.get(index);
    if (page <= HOLE) {
      if (page === HOLE && !volume.blocks.take(1)) break;
      const held = page !== HOLE;
      page = store.allocate(goal);
      if (page === 0) {
        if (!held) volume.blocks.give(1);
        break;
      }
      if (!held) inode.blocks += PAGE_BLOCKS;
      tree.set(index, page);
      if (index * PAGE_SIZE < from || (index + 1) * PAGE_SIZE > to) store.zero(page, 0, PAGE_SIZE);
    }
    goal = page + 1;
  }
  return Math.min(to, Math.max(from, index * PAGE_SIZE));
}

/** Counts the pages from index `from` to before `to` as allocated, all or none; false when there is no space. */
export function reserve(volume: Volume, inode: Inode, from: number, to: number): boolean {
  const tree = inode.pages!;
  if (to - from - inode.blocks / PAGE_BLOCKS > volume.blocks.free) return false;
  let missing = 0;
  for (let index = from; index < to; index++) if (tree.get(index) === HOLE) missing++;
  if (!volume.blocks.take(missing)) return false;
  inode.blocks += missing * PAGE_BLOCKS;
  for (let index = from; index < to; index++) {
    const page = tree.get(index);
    if (page <= HOLE) tree.set(index, page === HOLE ? RESERVED : ZEROED);
  }
  return true;
}

/** Frees the pages that lie wholly in the bytes from `from` to before `to`, and fills the rest with zeros. */
export function punch(volume: Volume, inode: Inode, from: number, to: number): void {
  const first = Math.ceil(from / PAGE_SIZE);
  const last = pageIndex(to);
  if (first <= last) {
    zeroPart(volume, inode, from, first * PAGE_SIZE);
    zeroPart(volume, inode, last * PAGE_SIZE, to);
    volume.clear(inode, first, last);
  } else zeroPart(volume, inode, from, to);
}

/** Fills bytes of one page with zeros. */
function zeroPart(volume: Volume, inode: Inode, from: number, to: number): void {
  const index = pageIndex(from);
  const page = from < to ? inode.pages!.get(index) : HOLE;
  if (page > 0) volume.pages.zero(page, from - index * PAGE_SIZE, to - index * PAGE_SIZE);
}

/** truncate(2). What lies behind the end of a file is always zero. */
export function truncate(volume: Volume, inode: Inode, size: number): Done | Errno {
  if (!inode.pages) return inode.directory ? Errno.EISDIR : Errno.EINVAL;
  if (size > SIZE_MAX) return Errno.EFBIG;
  if (size <= inode.size) {
    const kept = Math.ceil(size / PAGE_SIZE);
    zeroPart(volume, inode, size, kept * PAGE_SIZE);
    volume.clear(inode, kept, Infinity);
  }
  inode.size = size;
  inode.modified(volume.clock);
  return Done;
}

/** Grows a file to `size` if it is smaller. */
export function extend(inode: Inode, size: number): void {
  if (size > inode.size) inode.size = size;
}
