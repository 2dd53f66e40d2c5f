/** Fruitless watches in a row after which watching pauses, and the longest pause in wake-ups. */
const MISSES = 4;
const PAUSE_MOST = 64;

/**
 * How long to watch a channel for the next request before sleeping: a sleeping core costs some 50 us to wake, a watching
 * one nothing. Watching that finds nothing, because the guest is idle or needs this very core, pauses for a number of
 * wake-ups that doubles until a request comes in time again.
 */
export class Polling {
  private misses = 0;
  private pause = 0;
  private skip = 0;

  /** `most` in microseconds; 0 never watches. */
  constructor(private readonly most: number) {}

  /** Microseconds to watch this time. */
  next(): number {
    if (this.skip === 0) return this.most;
    this.skip--;
    return 0;
  }

  /** A request came while watching. */
  hit(): void {
    this.misses = 0;
    this.pause = 0;
  }

  miss(): void {
    if (++this.misses < MISSES) return;
    this.misses = 0;
    this.pause = Math.min(Math.max(this.pause * 2, 1), PAUSE_MOST);
    this.skip = this.pause;
  }
}
