import type { Columns } from './columns.js';
import type { Slab } from './slab.js';

/** u32 words of what `Channel.list` did. */
export const enum Listed {
  /** Offset of the last record added, from the first one, plus one; 0: none was. */
  LAST = 0,
  /** Bytes added. */
  BYTES = 1,
  /** 1: the next record's attributes and identity are in place, and it is left to the file system which node it is. */
  FOUND = 2,
  WORDS = 3,
}

/**
 * The way between a transport and a session: requests come out of `drain`, replies go in by `finish` and leave by
 * `commit`. /dev/fuse, a virtqueue and the in-process loopback are channels; a session never asks which one it has.
 *
 * A slot number belongs to the session from the `drain` that listed it until its `finish`, exactly one per slot.
 * Positions (`at`) count from the start of the message, header included. Methods that move bytes return the number
 * moved, or a negative errno; they never move beyond the message or the reply's room, and never touch memory that the
 * transport has lost.
 */
export interface Channel {
  readonly slab: Slab;
  /** Byte offset in the slab of slot 0; slot n stands at `base + n * Slot.SIZE`. */
  readonly base: number;
  readonly slots: number;
  /** After `drain`, the numbers of the slots that hold new requests. */
  readonly ready: Int32Array;
  /** Fetches waiting requests, watching up to `spin` microseconds for one; the count in `ready`. Negative: gone, an errno. */
  drain(spin: number): number;
  /** Requests that the last `drain` answered by itself, and whether it stopped to let others have their turn. */
  readonly answered: number;
  readonly stopped: boolean;
  /** What a `drain` may cost while others wait for their turn, in small requests; 0: no others wait. */
  budget: number;
  /** Set when nobody watches the channel after a request: what it answers by itself, the session need not hear of. */
  unattended: boolean;
  /** Requests that the last `drain` left, as far as the channel knows of them. */
  readonly behind: number;
  /** Lets the channel answer plain requests by itself, as far as these columns allow it; a channel that cannot ignores them. */
  shortcuts(...columns: Columns[]): void;
  /**
   * Adds entries to a reply of READDIRPLUS by itself, as far as the columns allow it, for a file system whose nodes are files of the
   * host: of the records (getdents64(2)) of directory `fd`, which `node` shows, in the slab's `[from, to)`, to the slab's `[at, at + room)`.
   * `listed` is the place of what it did (`Listed`), zeros where it did nothing; `identity` that of which file an entry is.
   */
  list(fd: number, node: number, from: number, to: number, at: number, room: number, identity: number, listed: number): void;
  /**
   * Hands over the slot's reply: `inline` bytes at `Slot.reply` (0: this request has no reply), followed by `payload`
   * bytes that `put…` placed behind them. The reply may wait for `commit`, and the slot is free after it at the latest.
   */
  finish(slot: number, inline: number, payload: number): void;
  /** Publishes everything finished so far: one used-ring update, one notification. */
  commit(): void;
  /** Byte offset in the slab of a buffer of PAYLOAD_SIZE bytes that belongs to the slot until it is finished. */
  payload(slot: number): number;
  /** Copies request bytes from `at` into `target[start, start + length)`. */
  get(slot: number, at: number, target: Uint8Array, start: number, length: number): number;
  /** Copies request bytes from `at` into the slab. */
  getToSlab(slot: number, at: number, offset: number, length: number): number;
  /** Writes request bytes from `at` to a file, pwritev2(2) with `flags`; `offset` -1 means the file's own position. */
  getToFd(slot: number, at: number, fd: number, offset: number, length: number, flags: number): number;
  /** Copies `source[start, start + length)` into the reply at `at`. */
  put(slot: number, at: number, source: Uint8Array, start: number, length: number): number;
  putFromSlab(slot: number, at: number, offset: number, length: number): number;
  /** Reads from a file, preadv2(2), straight into the reply at `at`. */
  putFromFd(slot: number, at: number, fd: number, offset: number, length: number): number;
}
