import { LK_FLOCK } from '../../protocol/flags.js';
import { FileLock, LkIn, LkOut } from '../../protocol/structs.js';
import { getU64, putU64 } from '../../protocol/words.js';
import type { Done } from '../result.js';
import { HandleRequest } from './open.js';

/** F_RDLCK, F_WRLCK and F_UNLCK of fcntl(2). */
export const enum LockType {
  READ = 0,
  WRITE = 1,
  UNLOCK = 2,
}

/** A byte range lock: `start` to `end` inclusive, `end` Infinity for "to the end of the file". */
export interface FileLockRange {
  type: LockType;
  start: number;
  end: number;
  /** Process id of the holder, 0 when it is not of this guest. */
  pid: number;
}

/** OFFSET_MAX of the kernel, as the upper word of a 64-bit offset. */
const OFFSET_MAX_HIGH = 0x7fff_ffff;

/** GETLK, SETLK and SETLKW: fcntl(2) locks and, when `flock` is set, flock(2). The answer of GETLK is a conflicting lock, or one of type UNLOCK. */
export class LockRequest extends HandleRequest<FileLockRange> {
  private word(offset: number): number {
    return this.u32[this.args + (offset >> 2)]!;
  }
  /** Who asks: in one session, the two words tell processes and open file descriptions apart. */
  get owner(): { session: object; low: number; high: number } {
    return { session: this.context, low: this.word(LkIn.owner), high: this.word(LkIn.owner + 4) };
  }
  /** Index of the open handle in its session's table. */
  get openIndex(): number {
    return this.index;
  }
  get rangeStart(): number {
    return getU64(this.u32, this.args + ((LkIn.lk + FileLock.start) >> 2));
  }
  get rangeEnd(): number {
    if (this.word(LkIn.lk + FileLock.end + 4) >= OFFSET_MAX_HIGH) return Infinity;
    return getU64(this.u32, this.args + ((LkIn.lk + FileLock.end) >> 2));
  }
  get type(): number {
    return this.word(LkIn.lk + FileLock.type);
  }
  get lockPid(): number {
    return this.word(LkIn.lk + FileLock.pid);
  }
  get flock(): boolean {
    return (this.word(LkIn.lk_flags) & LK_FLOCK) !== 0;
  }
  override encode(result: FileLockRange | Done): number {
    if (result === 0) return 0;
    const { u32, out } = this;
    putU64(u32, out + (FileLock.start >> 2), result.start);
    if (result.end === Infinity) {
      u32[out + (FileLock.end >> 2)] = 0xffff_ffff;
      u32[out + (FileLock.end >> 2) + 1] = OFFSET_MAX_HIGH;
    } else {
      putU64(u32, out + (FileLock.end >> 2), result.end);
    }
    u32[out + (FileLock.type >> 2)] = result.type;
    u32[out + (FileLock.pid >> 2)] = result.pid;
    this.body = LkOut.size_;
    return 0;
  }
}
