import type { LockType } from '../filesystem/requests/lock.js';
import { LK_FLOCK } from '../protocol/flags.js';
import { FileLock, LkIn } from '../protocol/structs.js';
import { getU64, putU64 } from '../protocol/words.js';
import type { Lock } from './range.js';

/** OFFSET_MAX of the kernel: the upper word of the end of a lock that reaches to the end of the file. */
const OFFSET_MAX_HIGH = 0x7fff_ffff;

/** A lock as `fuse_lk_in`, which is how it can be taken again; the handle's generation is left out. */
export function encodeLock({ owner, type, start, end, pid, handle }: Lock, flock: boolean): Uint32Array {
  const words = new Uint32Array(LkIn.size_ >> 2);
  words[LkIn.fh >> 2] = handle;
  words[LkIn.owner >> 2] = owner.low;
  words[(LkIn.owner >> 2) + 1] = owner.high;
  putU64(words, (LkIn.lk + FileLock.start) >> 2, start);
  if (end === Infinity) words[((LkIn.lk + FileLock.end) >> 2) + 1] = OFFSET_MAX_HIGH;
  else putU64(words, (LkIn.lk + FileLock.end) >> 2, end);
  words[(LkIn.lk + FileLock.type) >> 2] = type;
  words[(LkIn.lk + FileLock.pid) >> 2] = pid;
  words[LkIn.lk_flags >> 2] = flock ? LK_FLOCK : 0;
  return words;
}

export interface DecodedLock {
  readonly lock: Omit<Lock, 'type'> & { readonly type: LockType };
  readonly flock: boolean;
}

export function decodeLock(words: Uint32Array, session: object): DecodedLock {
  const word = (at: number): number => words[at >> 2]!;
  const end = word(LkIn.lk + FileLock.end + 4) >= OFFSET_MAX_HIGH ? Infinity : getU64(words, (LkIn.lk + FileLock.end) >> 2);
  const lock = {
    owner: { session, low: word(LkIn.owner), high: word(LkIn.owner + 4) },
    type: word(LkIn.lk + FileLock.type),
    start: getU64(words, (LkIn.lk + FileLock.start) >> 2),
    end,
    pid: word(LkIn.lk + FileLock.pid),
    handle: word(LkIn.fh),
  };
  return { lock, flock: (word(LkIn.lk_flags) & LK_FLOCK) !== 0 };
}
