/** Free stretches of an address space: first fit from the low end, neighbours merged. */
export class Extents {
  readonly #starts: number[];
  readonly #ends: number[];

  constructor(start: number, end: number) {
    this.#starts = [start];
    this.#ends = [end];
  }

  /** Where `size` bytes begin that are now the caller's; -1 when no stretch is long enough. */
  take(size: number): number {
    const i = this.#starts.findIndex((start, at) => this.#ends[at] - start >= size);
    if (i < 0) return -1;
    const start = this.#starts[i];
    if (this.#ends[i] - start === size) this.#remove(i);
    else this.#starts[i] += size;
    return start;
  }

  /** Gives back what `take` returned for this size. */
  give(start: number, size: number): void {
    const end = start + size;
    const found = this.#starts.findIndex((other) => other > start);
    const i = found < 0 ? this.#starts.length : found;
    const meetsBefore = i > 0 && this.#ends[i - 1] === start;
    const meetsAfter = i < this.#starts.length && this.#starts[i] === end;
    if (meetsBefore) this.#ends[i - 1] = end;
    if (meetsAfter) this.#starts[i] = start;
    if (meetsBefore && meetsAfter) {
      this.#ends[i - 1] = this.#ends[i];
      this.#remove(i);
    } else if (!meetsBefore && !meetsAfter) {
      this.#starts.splice(i, 0, start);
      this.#ends.splice(i, 0, end);
    }
  }

  #remove(i: number): void {
    this.#starts.splice(i, 1);
    this.#ends.splice(i, 1);
  }
}
