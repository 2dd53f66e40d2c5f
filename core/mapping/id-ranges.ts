import { Errno } from '../filesystem/errno.js';

/** The highest id; (uid_t) -1 is none. */
export const ID_MAX = 0xffff_fffe;
/** What an id becomes that is forbidden: the kernel's id for those that have none (`/proc/sys/kernel/overflowuid`). */
export const NOBODY = 65534;

/** Where the ids `first` to `last` go: to as many from `target` on, all of them to `target`, or nowhere (`target` is unused). */
export interface IdRange {
  readonly first: number;
  readonly last: number;
  readonly target: number;
  readonly kind: 'map' | 'squash' | 'forbid';
}

/** User or group ids in one direction, guest to host or host to guest. What lies in no range stays as it is. */
export class IdRanges {
  private readonly first: Uint32Array;
  private readonly last: Uint32Array;
  private readonly target: Float64Array;
  private readonly step: Uint8Array;

  /** The ranges are sorted and do not overlap. */
  constructor(ranges: readonly IdRange[]) {
    this.first = Uint32Array.from(ranges, (range) => range.first);
    this.last = Uint32Array.from(ranges, (range) => range.last);
    this.target = Float64Array.from(ranges, (range) => range.kind === 'forbid' ? Errno.EPERM : range.target);
    this.step = Uint8Array.from(ranges, (range) => range.kind === 'map' ? 1 : 0);
  }

  /** The id that `id` becomes, EPERM when it is forbidden. */
  map(id: number): number {
    const { last } = this;
    for (let i = 0; i < last.length; i++) {
      if (id > last[i]!) continue;
      return id < this.first[i]! ? id : this.target[i]! + (id - this.first[i]!) * this.step[i]!;
    }
    return id;
  }

  /** Maps the id at word `at` in place; a forbidden one becomes NOBODY, and the answer is EPERM instead of 0. */
  apply(u32: Uint32Array, at: number): number {
    const id = this.map(u32[at]!);
    u32[at] = id < 0 ? NOBODY : id;
    return Math.min(id, 0);
  }
}
