import { FUSE_MAJOR } from '../core/protocol/flags.js';
import { InitFlag } from '../core/protocol/init-flag.js';
import { InitIn, InitOut } from '../core/protocol/structs.js';
import { fields, join, words } from './body.js';

/** What the driver offers; each as Linux 6.1 when absent. */
export interface InitOptions {
  /** Minor version of the protocol, 38 when absent. */
  readonly minor?: number;
  /** Bytes. */
  readonly maxReadahead?: number;
  /** `InitFlag` bits. */
  readonly flags?: bigint;
}

/** What the server agreed to. */
export interface Init {
  readonly minor: number;
  readonly flags: bigint;
  readonly maxBackground: number;
  /** Bytes in one WRITE. */
  readonly maxWrite: number;
  /** Bytes in one READ. */
  readonly maxRead: number;
  /** Granularity of times in nanoseconds. */
  readonly timeGran: number;
}

const PAGE = 4096;
/** Linux without MAX_PAGES (FUSE_DEFAULT_MAX_PAGES_PER_REQ), and at most (FUSE_MAX_MAX_PAGES). */
const PAGES = 32;
const MOST_PAGES = 256;
/** The reply before 7.23; what is longer is read as far as it goes. */
const LEAST_REPLY = 24;
const LINUX_FLAGS = 0xb_7bff_fffbn;

export const hasFlag = ({ flags }: Init, flag: InitFlag): boolean => ((flags >> BigInt(flag)) & 1n) === 1n;

export function encodeInit({ minor = 38, maxReadahead = 128 << 10, flags = LINUX_FLAGS }: InitOptions): Uint8Array {
  const body = fields(InitIn.size_);
  body[InitIn.major >> 2] = FUSE_MAJOR;
  body[InitIn.minor >> 2] = minor;
  body[InitIn.max_readahead >> 2] = maxReadahead;
  body[InitIn.flags >> 2] = Number(flags & 0xffff_ffffn);
  body[InitIn.flags2 >> 2] = Number(flags >> 32n);
  return join(body);
}

/** Undefined for a server of another major version, or a reply too short (kernel, `process_init_reply`). */
export function decodeInit(body: Uint8Array, offered: InitOptions): Init | undefined {
  if (body.length < LEAST_REPLY) return undefined;
  const whole = new Uint8Array(InitOut.size_);
  whole.set(body.subarray(0, InitOut.size_));
  const reply = words(whole);
  if (reply[InitOut.major >> 2] !== FUSE_MAJOR) return undefined;
  const low = BigInt(reply[InitOut.flags >> 2]);
  const extended = (low >> BigInt(InitFlag.INIT_EXT)) & 1n;
  const flags = (low | (extended === 1n ? BigInt(reply[InitOut.flags2 >> 2]) << 32n : 0n)) & (offered.flags ?? LINUX_FLAGS);
  const paged = (flags >> BigInt(InitFlag.MAX_PAGES)) & 1n;
  const pages = paged === 1n ? Math.min(MOST_PAGES, Math.max(1, reply[InitOut.max_pages >> 2] & 0xffff)) : PAGES;
  return {
    minor: reply[InitOut.minor >> 2],
    flags,
    maxBackground: reply[InitOut.max_background >> 2] & 0xffff,
    maxWrite: Math.min(pages * PAGE, Math.max(PAGE, reply[InitOut.max_write >> 2])),
    maxRead: pages * PAGE,
    timeGran: reply[InitOut.time_gran >> 2] || 1,
  };
}
