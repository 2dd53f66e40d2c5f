/** Milliseconds until a guest that broke its device is forgiven once, and how often it is in advance. */
const COST = 40;
const BURST = 32;

/**
 * How fast a socket's front-ends may break their devices and come again. Attaching one costs the server a millisecond, which
 * a guest that does nothing else would take from the others; front-ends that behave are never kept waiting.
 */
export class Pace {
  /** When all will be forgiven, in milliseconds of `performance.now`. */
  private forgiven = 0;

  /** Milliseconds that the next front-end has to wait, as one has misbehaved and gone at `now`. */
  broke(now: number): number {
    this.forgiven = Math.max(this.forgiven, now) + COST;
    return Math.max(0, this.forgiven - now - BURST * COST);
  }
}
