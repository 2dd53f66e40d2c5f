import { type Source, Unreadable } from '../../../core/state/source.js';
import { SIZE_MAX } from '../extent.js';
import type { Inode } from '../inode.js';
import { HOLE, PAGE_BLOCKS, PAGE_SIZE, RESERVED, ZEROED } from '../page.js';
import type { Volume } from '../volume.js';
import { Run, RunKind } from './format.js';
import { NO_ROOM } from './no-room.js';

/** Reads the data of a file; what is no regular file has none. */
export async function readData(volume: Volume, source: Source, inode: Inode): Promise<void> {
  if (!inode.pages) return;
  for (let next = 0; ; ) {
    const record = await source.view(Run.SIZE);
    const [index, pages, kind] = [record.getFloat64(Run.index, true), record.getFloat64(Run.pages, true), record.getUint32(Run.kind, true)];
    if (pages === 0) return;
    const most = Math.ceil((kind === RunKind.RESERVED ? SIZE_MAX : inode.size) / PAGE_SIZE);
    if (!Number.isSafeInteger(index) || !Number.isSafeInteger(pages) || index < next || pages < 0 || index + pages > most) throw new Unreadable('it has a file with data where there is none');
    if (kind !== RunKind.DATA && kind !== RunKind.RESERVED && kind !== RunKind.ZEROED) throw new Unreadable('it has a file with data of no kind');
    next = index + pages;
    await readRun(volume, source, inode, index, next, kind);
  }
}

async function readRun({ blocks, pages: store }: Volume, source: Source, inode: Inode, from: number, to: number, kind: RunKind): Promise<void> {
  for (let index = from, page = HOLE; index < to; index++) {
    if (!blocks.take(1)) throw new Unreadable(NO_ROOM);
    inode.blocks += PAGE_BLOCKS;
    if (kind === RunKind.DATA) page = store.allocate(page + 1);
    // What is taken is in the tree, so that it can be given back.
    inode.pages!.set(index, kind === RunKind.DATA && page > 0 ? page : kind === RunKind.ZEROED ? ZEROED : RESERVED);
    if (kind !== RunKind.DATA) continue;
    if (page === 0) throw new Unreadable('there is no memory for its files');
    const at = store.offset(page);
    await source.into(store.bytes(page).subarray(at, at + PAGE_SIZE));
    if ((index + 1) * PAGE_SIZE > inode.size) store.zero(page, inode.size - index * PAGE_SIZE, PAGE_SIZE);
  }
}
