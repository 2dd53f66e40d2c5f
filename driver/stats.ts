import { constants } from 'node:fs';
import { Attributes } from '../core/filesystem/attributes.js';
import { Attr } from '../core/protocol/structs.js';
import { getI64, getU64 } from '../core/protocol/words.js';

/** What stat(2) tells of a file; fields and units as in `Attributes`. */
export class Stats extends Attributes {
  get isFile(): boolean {
    return (this.mode & constants.S_IFMT) === constants.S_IFREG;
  }

  get isDirectory(): boolean {
    return (this.mode & constants.S_IFMT) === constants.S_IFDIR;
  }

  get isSymbolicLink(): boolean {
    return (this.mode & constants.S_IFMT) === constants.S_IFLNK;
  }
}

/** Reads `struct fuse_attr` at byte offset `at` of a reply. */
export function decodeStats(reply: Uint32Array, at: number): Stats {
  const word = (offset: number): number => (at + offset) >> 2;
  return new Stats({
    ino: getU64(reply, word(Attr.ino)),
    size: getU64(reply, word(Attr.size)),
    blocks: getU64(reply, word(Attr.blocks)),
    atime: getI64(reply, word(Attr.atime)),
    mtime: getI64(reply, word(Attr.mtime)),
    ctime: getI64(reply, word(Attr.ctime)),
    atimeNsec: reply[word(Attr.atimensec)],
    mtimeNsec: reply[word(Attr.mtimensec)],
    ctimeNsec: reply[word(Attr.ctimensec)],
    mode: reply[word(Attr.mode)],
    nlink: reply[word(Attr.nlink)],
    uid: reply[word(Attr.uid)],
    gid: reply[word(Attr.gid)],
    rdev: reply[word(Attr.rdev)],
    blksize: reply[word(Attr.blksize)],
    flags: reply[word(Attr.flags)],
  });
}
