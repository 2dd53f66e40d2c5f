import { Attr } from '../protocol/structs.js';
import { putU64 } from '../protocol/words.js';

/**
 * What stat(2) tells of a node. Times are whole seconds since 1970 (negative before) and nanoseconds 0 to 999,999,999;
 * `size` is in bytes, `blocks` in units of 512 bytes, `rdev` as the kernel's new_encode_dev(), `mode` includes the type.
 */
export class Attributes {
  /** st_ino; 0 means: the node's number. */
  ino = 0;
  size = 0;
  blocks = 0;
  atime = 0;
  mtime = 0;
  ctime = 0;
  atimeNsec = 0;
  mtimeNsec = 0;
  ctimeNsec = 0;
  mode = 0;
  nlink = 1;
  uid = 0;
  gid = 0;
  rdev = 0;
  blksize = 4096;
  /** `AttrFlag` bits. */
  flags = 0;

  constructor(values?: Partial<Attributes>) {
    if (values) Object.assign(this, values);
  }
}

/** Writes `struct fuse_attr` at word index `at`. */
export function writeAttributes(u32: Uint32Array, at: number, a: Attributes, node: number): void {
  putU64(u32, at + (Attr.ino >> 2), a.ino === 0 ? node : a.ino);
  putU64(u32, at + (Attr.size >> 2), a.size);
  putU64(u32, at + (Attr.blocks >> 2), a.blocks);
  putU64(u32, at + (Attr.atime >> 2), a.atime);
  putU64(u32, at + (Attr.mtime >> 2), a.mtime);
  putU64(u32, at + (Attr.ctime >> 2), a.ctime);
  u32[at + (Attr.atimensec >> 2)] = a.atimeNsec;
  u32[at + (Attr.mtimensec >> 2)] = a.mtimeNsec;
  u32[at + (Attr.ctimensec >> 2)] = a.ctimeNsec;
  u32[at + (Attr.mode >> 2)] = a.mode;
  u32[at + (Attr.nlink >> 2)] = a.nlink;
  u32[at + (Attr.uid >> 2)] = a.uid;
  u32[at + (Attr.gid >> 2)] = a.gid;
  u32[at + (Attr.rdev >> 2)] = a.rdev;
  u32[at + (Attr.blksize >> 2)] = a.blksize;
  u32[at + (Attr.flags >> 2)] = a.flags;
}
