import { Kstatfs } from '../protocol/structs.js';
import { putU64 } from '../protocol/words.js';

/** What statfs(2) tells of a file system; `blocks`, `bfree` and `bavail` in units of `frsize` bytes. */
export interface FileSystemStatistics {
  blocks: number;
  bfree: number;
  bavail: number;
  files: number;
  ffree: number;
  bsize: number;
  frsize: number;
  namelen: number;
}

/** Writes `struct fuse_kstatfs` at word index `at`. */
export function writeStatistics(u32: Uint32Array, at: number, s: FileSystemStatistics): void {
  u32.fill(0, at, at + (Kstatfs.size_ >> 2));
  putU64(u32, at + (Kstatfs.blocks >> 2), s.blocks);
  putU64(u32, at + (Kstatfs.bfree >> 2), s.bfree);
  putU64(u32, at + (Kstatfs.bavail >> 2), s.bavail);
  putU64(u32, at + (Kstatfs.files >> 2), s.files);
  putU64(u32, at + (Kstatfs.ffree >> 2), s.ffree);
  u32[at + (Kstatfs.bsize >> 2)] = s.bsize;
  u32[at + (Kstatfs.frsize >> 2)] = s.frsize;
  u32[at + (Kstatfs.namelen >> 2)] = s.namelen;
}
