import { FUSE_MAJOR, FUSE_MINOR, FUSE_MINOR_LEAST } from '../protocol/flags.js';
import { InitFlag } from '../protocol/init-flag.js';
import { InitIn, InitOut } from '../protocol/structs.js';
import { Errno } from '../filesystem/errno.js';
import { has, type InitFlags, type TransportLimits } from './negotiate.js';

/** What a kernel offers in INIT. */
export interface InitOffer extends InitFlags {
  readonly major: number;
  readonly minor: number;
  /** Bytes. */
  readonly maxReadahead: number;
}

/** Bytes of INIT that every kernel sends; `flags2` came with INIT_EXT. */
export const INIT_IN_LEAST = InitIn.flags2;

/** Decodes `fuse_init_in` at word `at`, of which `length` bytes are there. */
export function readInit(u32: Uint32Array, at: number, length: number): InitOffer {
  const flags = u32[at + (InitIn.flags >> 2)]!;
  const extended = has({ flags, flags2: 0 }, InitFlag.INIT_EXT) && length >= InitIn.flags2 + 4;
  return {
    major: u32[at]!,
    minor: u32[at + (InitIn.minor >> 2)]!,
    maxReadahead: u32[at + (InitIn.max_readahead >> 2)]!,
    flags,
    flags2: extended ? u32[at + (InitIn.flags2 >> 2)]! : 0,
  };
}

/** 0 when the version can be served, 1 when the kernel is to ask again with our major, or an errno. */
export function judgeVersion({ major, minor }: InitOffer): number {
  if (major > FUSE_MAJOR) return 1;
  return major < FUSE_MAJOR || minor < FUSE_MINOR_LEAST ? Errno.EPROTO : 0;
}

/** Encodes `fuse_init_out` at word `at`. */
export function writeInit(u32: Uint32Array, at: number, offer: InitOffer, agreed: InitFlags, limits: TransportLimits): void {
  u32.fill(0, at, at + (InitOut.size_ >> 2));
  u32[at] = FUSE_MAJOR;
  u32[at + (InitOut.minor >> 2)] = Math.min(offer.minor, FUSE_MINOR);
  u32[at + (InitOut.max_readahead >> 2)] = Math.min(offer.maxReadahead, limits.maxWrite);
  u32[at + (InitOut.flags >> 2)] = agreed.flags;
  const congestion = Math.floor((limits.maxBackground * 3) / 4);
  u32[at + (InitOut.max_background >> 2)] = limits.maxBackground | (congestion << 16);
  u32[at + (InitOut.max_write >> 2)] = limits.maxWrite;
  u32[at + (InitOut.time_gran >> 2)] = 1;
  u32[at + (InitOut.max_pages >> 2)] = limits.maxPages;
  u32[at + (InitOut.flags2 >> 2)] = agreed.flags2;
  // Files of file systems that are stacked on others stay with the plugin.
  if (has(agreed, InitFlag.PASSTHROUGH)) u32[at + (InitOut.max_stack_depth >> 2)] = 1;
}
