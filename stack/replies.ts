import { Attributes } from '../core/filesystem/attributes.js';
import type { HandleTable } from '../core/filesystem/handles.js';
import { decodeName } from '../core/protocol/names.js';
import { Attr, Dirent, EntryOut, Kstatfs, OpenOut } from '../core/protocol/structs.js';
import { getI64, getU64 } from '../core/protocol/words.js';
import type { FileSystemStatistics } from '../core/filesystem/statistics.js';
import { slab } from '../native/index.js';
import { handleOf } from './message.js';

/** What a look-up found; each one counts, and is given back by `forget`. */
export interface Found {
  readonly node: number;
  readonly attributes: Attributes;
}

/** An open file or directory. */
export interface OpenedFile {
  readonly handle: number;
  /** `OpenFlag` bits. */
  readonly flags: number;
  /** The fd of this host whose data the file's are, -1 when there is none. It belongs to the file system. */
  readonly backing: number;
  /** As `Opened.data`. */
  readonly data: number;
}

export interface CreatedFile extends Found, OpenedFile {}

/** One entry of a listing; `type` as readdir(3) has it, 0 unknown; `offset` is where the listing goes on behind it. */
export interface Listed {
  readonly name: string;
  readonly ino: number;
  readonly type: number;
}

/** An inode number at a word of the slab. One of more than 53 bits becomes another, made of all its bits, that is no less its own. */
function inoAt(w: number): number {
  const high = slab.u32[w + 1]!;
  return high < 2 ** 21 ? getU64(slab.u32, w) : 2 ** 52 + (Math.imul(high ^ (high >>> 15), 0x9e37_79b1) >>> 12) * 2 ** 32 + slab.u32[w]!;
}

/** Decodes `struct fuse_attr` at a byte offset. */
export function attributesAt(at: number): Attributes {
  const { u32 } = slab;
  const w = at >> 2;
  const a = new Attributes();
  a.ino = inoAt(w + (Attr.ino >> 2));
  a.size = getU64(u32, w + (Attr.size >> 2));
  a.blocks = getU64(u32, w + (Attr.blocks >> 2));
  a.atime = getI64(u32, w + (Attr.atime >> 2));
  a.mtime = getI64(u32, w + (Attr.mtime >> 2));
  a.ctime = getI64(u32, w + (Attr.ctime >> 2));
  a.atimeNsec = u32[w + (Attr.atimensec >> 2)]!;
  a.mtimeNsec = u32[w + (Attr.mtimensec >> 2)]!;
  a.ctimeNsec = u32[w + (Attr.ctimensec >> 2)]!;
  a.mode = u32[w + (Attr.mode >> 2)]!;
  a.nlink = u32[w + (Attr.nlink >> 2)]!;
  a.uid = u32[w + (Attr.uid >> 2)]!;
  a.gid = u32[w + (Attr.gid >> 2)]!;
  a.rdev = u32[w + (Attr.rdev >> 2)]!;
  a.blksize = u32[w + (Attr.blksize >> 2)]!;
  return a;
}

export function entryAt(body: number): Found {
  return { node: slab.u32[body >> 2]!, attributes: attributesAt(body + EntryOut.attr) };
}

export function openedAt(body: number, backing: number, handles: HandleTable): OpenedFile {
  const w = body >> 2;
  return { handle: handleOf(slab.u32[w]!, slab.u32[w + 1]!), flags: slab.u32[w + (OpenOut.open_flags >> 2)]!, backing, data: handles.lastingDataOf(slab.u32[w]!) };
}

export function statisticsAt(body: number): FileSystemStatistics {
  const { u32 } = slab;
  const w = body >> 2;
  return {
    blocks: getU64(u32, w), bfree: getU64(u32, w + (Kstatfs.bfree >> 2)), bavail: getU64(u32, w + (Kstatfs.bavail >> 2)),
    files: getU64(u32, w + (Kstatfs.files >> 2)), ffree: getU64(u32, w + (Kstatfs.ffree >> 2)),
    bsize: u32[w + (Kstatfs.bsize >> 2)]!, frsize: u32[w + (Kstatfs.frsize >> 2)]!, namelen: u32[w + (Kstatfs.namelen >> 2)]!,
  };
}

/** A part of a listing, and the cookie (two words) from which it goes on. */
export interface Listing {
  readonly entries: Listed[];
  readonly low: number;
  readonly high: number;
}

export function listingAt(payload: number, length: number): Listing {
  const { u8, u32 } = slab;
  const entries: Listed[] = [];
  let low = 0;
  let high = 0;
  for (let at = payload; at < payload + length; ) {
    const w = at >> 2;
    const size = u32[w + (Dirent.namelen >> 2)]!;
    low = u32[w + (Dirent.off >> 2)]!;
    high = u32[w + (Dirent.off >> 2) + 1]!;
    entries.push({ name: decodeName(u8, at + Dirent.size_, size), ino: inoAt(w), type: u32[w + (Dirent.type >> 2)]! });
    at += Dirent.size_ + ((size + 7) & ~7);
  }
  return { entries, low, high };
}

/** The names of a list of extended attributes. */
export function namesAt(payload: number, length: number): string[] {
  const names: string[] = [];
  for (let at = payload; at < payload + length; ) {
    const end = slab.u8.indexOf(0, at);
    names.push(decodeName(slab.u8, at, end - at));
    at = end + 1;
  }
  return names;
}
