import { majorOf, minorOf } from '../protocol/device-number.js';
import { Statx, SxTime } from '../protocol/structs.js';
import { putU64 } from '../protocol/words.js';
import type { Attributes } from './attributes.js';

/** Attributes with the birth time, for STATX. */
export interface ExtendedAttributes extends Attributes {
  btime: number;
  btimeNsec: number;
}

/** STATX_BASIC_STATS and STATX_BTIME of statx(2). */
const STATX_BASIC_STATS = 0x7ff;
const STATX_BTIME = 0x800;

function putTime(u32: Uint32Array, at: number, seconds: number, nanoseconds: number): void {
  putU64(u32, at, seconds);
  u32[at + (SxTime.tv_nsec >> 2)] = nanoseconds;
  u32[at + (SxTime.tv_nsec >> 2) + 1] = 0;
}

/** Writes `struct fuse_statx` at word index `at`. */
export function writeStatx(u32: Uint32Array, at: number, a: ExtendedAttributes, node: number): void {
  u32.fill(0, at, at + (Statx.size_ >> 2));
  u32[at + (Statx.mask >> 2)] = STATX_BASIC_STATS | STATX_BTIME;
  u32[at + (Statx.blksize >> 2)] = a.blksize;
  u32[at + (Statx.nlink >> 2)] = a.nlink;
  u32[at + (Statx.uid >> 2)] = a.uid;
  u32[at + (Statx.gid >> 2)] = a.gid;
  u32[at + (Statx.mode >> 2)] = a.mode & 0xffff;
  putU64(u32, at + (Statx.ino >> 2), a.ino === 0 ? node : a.ino);
  putU64(u32, at + (Statx.size >> 2), a.size);
  putU64(u32, at + (Statx.blocks >> 2), a.blocks);
  putTime(u32, at + (Statx.atime >> 2), a.atime, a.atimeNsec);
  putTime(u32, at + (Statx.btime >> 2), a.btime, a.btimeNsec);
  putTime(u32, at + (Statx.ctime >> 2), a.ctime, a.ctimeNsec);
  putTime(u32, at + (Statx.mtime >> 2), a.mtime, a.mtimeNsec);
  u32[at + (Statx.rdev_major >> 2)] = majorOf(a.rdev);
  u32[at + (Statx.rdev_minor >> 2)] = minorOf(a.rdev);
}
