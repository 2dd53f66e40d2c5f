import { nameBytes } from '../../../core/protocol/names.js';
import type { Directory } from '../directory-index.js';
import type { Inode as File } from '../inode.js';
import { PAGE_SIZE, RESERVED } from '../page.js';
import type { Volume } from '../volume.js';
import { Entry, Head, Inode, LINKABLE, Listing, MAGIC, Run, RunKind, VERSION, Xattr } from './format.js';
import { Pieces } from './pieces.js';

/** Writes all files of a volume down, in parts that stand while nothing changes. */
export function* saveVolume(volume: Volume, generations: Uint32Array): Generator<Uint8Array> {
  const pieces = new Pieces();
  const files = volume.files();
  const { view, at } = pieces.put(Head.SIZE);
  view.setUint32(at + Head.magic, MAGIC, true);
  view.setUint32(at + Head.version, VERSION, true);
  view.setUint32(at + Head.inodes, files.length, true);
  view.setFloat64(at + Head.lastIno, volume.lastIno, true);
  for (const file of files) {
    saveInode(pieces, file, generations[file.node]!);
    if (file.target !== undefined) text(pieces, nameBytes(file.target));
    if (file.directory) yield* saveListing(pieces, file.directory);
    if (file.pages) yield* saveRuns(pieces, volume, file);
    if (pieces.full) yield pieces.take();
  }
  yield pieces.take();
}

function saveInode(pieces: Pieces, file: File, generation: number): void {
  const { view, at } = pieces.put(Inode.SIZE);
  const words = [[Inode.node, file.node], [Inode.generation, generation], [Inode.mode, file.mode], [Inode.uid, file.uid], [Inode.gid, file.gid], [Inode.rdev, file.rdev],
    [Inode.flags, file.linkable ? LINKABLE : 0], [Inode.xattrs, file.xattrs?.size ?? 0],
    [Inode.atimeNsec, file.atimeNsec], [Inode.mtimeNsec, file.mtimeNsec], [Inode.ctimeNsec, file.ctimeNsec], [Inode.btimeNsec, file.btimeNsec]] as const;
  const numbers = [[Inode.ino, file.ino], [Inode.size, file.size], [Inode.atime, file.atime], [Inode.mtime, file.mtime], [Inode.ctime, file.ctime], [Inode.btime, file.btime]] as const;
  for (const [field, value] of words) view.setUint32(at + field, value, true);
  for (const [field, value] of numbers) view.setFloat64(at + field, value, true);
  for (const [name, value] of file.xattrs ?? []) {
    const bytes = nameBytes(name);
    const record = pieces.put(Xattr.SIZE);
    record.view.setUint32(record.at + Xattr.name, bytes.length, true);
    record.view.setUint32(record.at + Xattr.value, value.length, true);
    pieces.append(bytes);
    pieces.append(value);
  }
}

function text(pieces: Pieces, bytes: Uint8Array): void {
  const { view, at } = pieces.put(4);
  view.setUint32(at, bytes.length, true);
  pieces.append(bytes);
}

function* saveListing(pieces: Pieces, directory: Directory): Generator<Uint8Array> {
  const head = pieces.put(Listing.SIZE);
  head.view.setFloat64(head.at + Listing.last, directory.last, true);
  head.view.setUint32(head.at + Listing.count, directory.count, true);
  for (let i = 0; ; i++) {
    const entry = directory.at(i);
    if (!entry) return;
    if (entry.dead) continue;
    const bytes = nameBytes(entry.name);
    const { view, at } = pieces.put(Entry.SIZE);
    view.setFloat64(at + Entry.cookie, entry.cookie, true);
    view.setUint32(at + Entry.node, entry.inode.node, true);
    view.setUint32(at + Entry.name, bytes.length, true);
    pieces.append(bytes);
    if (pieces.full) yield pieces.take();
  }
}

const kindOf = (page: number): RunKind => (page > 0 ? RunKind.DATA : page === RESERVED ? RunKind.RESERVED : RunKind.ZEROED);

/** A run of data lies in one piece of memory. */
function* saveRuns(pieces: Pieces, { pages: store }: Volume, file: File): Generator<Uint8Array> {
  let [start, first, count] = [0, 0, 0];
  const put = (): void => {
    const { view, at } = pieces.put(Run.SIZE);
    view.setFloat64(at + Run.index, start, true);
    view.setFloat64(at + Run.pages, count, true);
    view.setUint32(at + Run.kind, count > 0 ? kindOf(first) : 0, true);
  };
  const flush = function* (): Generator<Uint8Array> {
    if (count === 0) return;
    put();
    if (first <= 0) return;
    yield pieces.take();
    const from = store.offset(first);
    yield store.bytes(first).subarray(from, from + count * PAGE_SIZE);
  };
  for (const { index, page } of file.pages!.entries()) {
    const last = first + count - 1;
    const goesOn = index === start + count && (page > 0 ? first > 0 && page === last + 1 && store.continues(last) : page === first);
    if (count === 0 || !goesOn) {
      yield* flush();
      [start, first, count] = [index, page, 0];
    }
    count++;
  }
  yield* flush();
  count = 0;
  put();
}
