import type { MergedEntry } from './merge.js';

/** Open directories by number, each with the listing that was made when it was read from the start. */
export class Streams {
  private readonly listings: (readonly MergedEntry[] | undefined)[] = [];
  private readonly free: number[] = [];
  private next = 0;

  open(): number {
    const number = this.free.pop() ?? this.next++;
    this.listings[number] = undefined;
    return number;
  }
  close(number: number): void {
    if (number < 0 || number >= this.next) return;
    this.listings[number] = undefined;
    this.free.push(number);
  }
  get(number: number): readonly MergedEntry[] | undefined {
    return this.listings[number];
  }
  set(number: number, listing: readonly MergedEntry[]): void {
    this.listings[number] = listing;
  }
}
