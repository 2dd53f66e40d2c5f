import { Kstatfs } from '../core/protocol/structs.js';
import { getU64 } from '../core/protocol/words.js';

/** What statfs(2) tells; `blocks`, `bfree` and `bavail` count blocks of `frsize` bytes. */
export interface StatFs {
  readonly blocks: number;
  readonly bfree: number;
  readonly bavail: number;
  readonly files: number;
  readonly ffree: number;
  readonly bsize: number;
  readonly namelen: number;
  readonly frsize: number;
}

export function decodeStatFs(reply: Uint32Array): StatFs {
  return {
    blocks: getU64(reply, Kstatfs.blocks >> 2),
    bfree: getU64(reply, Kstatfs.bfree >> 2),
    bavail: getU64(reply, Kstatfs.bavail >> 2),
    files: getU64(reply, Kstatfs.files >> 2),
    ffree: getU64(reply, Kstatfs.ffree >> 2),
    bsize: reply[Kstatfs.bsize >> 2],
    namelen: reply[Kstatfs.namelen >> 2],
    frsize: reply[Kstatfs.frsize >> 2],
  };
}
