import { PAGE_SIZE } from './page.js';

/** Pages per arena, a power of two. */
export const ARENA_PAGES = 8192;
const WORDS = ARENA_PAGES / 32;
const FULL = 0xffff_ffff;

/**
 * 32 MiB of pages. The C library maps allocations of that size on their own, so that pages never written take no memory
 * and all of it goes back to the system at once in `free`.
 */
export class Arena {
  readonly bytes = new Uint8Array(ARENA_PAGES * PAGE_SIZE);
  /** Pages in use. */
  used = 0;
  /** One bit per page, set when in use. */
  private readonly map = new Uint32Array(WORDS);
  /** The word at which the search for a free page goes on. */
  private cursor = 0;

  isFree(index: number): boolean {
    return ((this.map[index >>> 5]! >>> (index & 31)) & 1) === 0;
  }

  /** A free page; there must be one. */
  find(): number {
    while (this.map[this.cursor] === FULL) this.cursor = (this.cursor + 1) % WORDS;
    return this.cursor * 32 + (31 - Math.clz32(~this.map[this.cursor]! & (this.map[this.cursor]! + 1)));
  }

  take(index: number): void {
    this.map[index >>> 5]! |= 1 << (index & 31);
    this.used++;
  }

  give(index: number): void {
    this.map[index >>> 5]! &= ~(1 << (index & 31));
    this.used--;
  }

  /** Gives the memory back without waiting for the garbage collector; the arena cannot be used afterwards. */
  free(): void {
    this.bytes.buffer.transfer(0);
  }
}
