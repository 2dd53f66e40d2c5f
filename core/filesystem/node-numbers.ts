import { ROOT_NODE } from '../protocol/flags.js';

/** Numbers given out below which it is never worth looking for unused ones to let go of. */
const LEAST = 1 << 15;

/** Which node numbers are in use; those given back serve again. */
export class NodeNumbers {
  private readonly free: number[] = [];
  /** All from here on were never in use, or not since the last `compact`. */
  private next = ROOT_NODE + 1;
  /** With fewer in use it is worth to `compact`; it is set anew whenever many are in use again. */
  private due = 0;

  take(): number {
    const node = this.free.pop();
    if (node === undefined) return this.claimNext();
    if (this.next - this.free.length > this.next >> 2) this.expect();
    return node;
  }

  give(node: number): void {
    this.free.push(node);
  }

  /** A plugin uses a number of its own choice. */
  claim(node: number): void {
    if (node >= this.next) this.next = node + 1;
  }

  /** Few of the numbers given out are in use, or none but the root. */
  get sparse(): boolean {
    const used = this.next - this.free.length;
    return used < this.due || (used === ROOT_NODE + 1 && this.next >= LEAST);
  }

  /**
   * Lets go of the free numbers above the highest one in use, and lets the lowest of the others serve first, so that the
   * next time there are more of them above. Takes time in proportion to the numbers given out. Returns the bound of those in use.
   */
  compact(): number {
    const idle = new Uint8Array(this.next);
    for (const node of this.free) idle[node] = 1;
    let end = this.next;
    while (end > ROOT_NODE + 1 && idle[end - 1] === 1) end--;
    this.free.length = 0;
    for (let node = end - 1; node > ROOT_NODE; node--) if (idle[node] === 1) this.free.push(node);
    this.next = end;
    this.expect();
    this.due = Math.min(this.due, (end - this.free.length) >> 1);
    return end;
  }

  /** Takes numbers that `inUse` says are in use as such, and all others below the highest of them as free, lowest first. */
  restore(end: number, inUse: (node: number) => boolean): void {
    this.next = Math.max(this.next, end);
    this.free.length = 0;
    for (let node = this.next - 1; node > ROOT_NODE; node--) if (!inUse(node)) this.free.push(node);
  }

  /** Free numbers, and those never given out are from `end` on. */
  get end(): number {
    return this.next;
  }

  private claimNext(): number {
    this.expect();
    return this.next++;
  }

  private expect(): void {
    this.due = this.next < LEAST ? 0 : this.next >> 3;
  }
}
