/** Milliseconds by which the time of day has to fall behind to be taken as set back. */
const SET_BACK = 1000;

/**
 * The time of day in seconds and nanoseconds, never less than before unless the day was set back. It is the monotonic
 * clock plus an origin: Date.now() has whole milliseconds only, and each of its readings says that the origin is at least
 * so much, however long this process was held up before the other clock was read.
 */
export class Clock {
  seconds = 0;
  nanoseconds = 0;
  /** Milliseconds of the day at which the monotonic clock was 0. */
  private origin = NaN;

  constructor() {
    const start = Date.now();
    // At the turn of a millisecond a reading is exact.
    while (Date.now() === start);
    this.read();
  }

  /** Sets `seconds` and `nanoseconds` to now. */
  read(): void {
    const day = Date.now();
    const monotonic = performance.now();
    const least = day - monotonic;
    if (!(least <= this.origin && least > this.origin - SET_BACK)) this.origin = least;
    const now = this.origin + monotonic;
    this.seconds = Math.floor(now / 1000);
    this.nanoseconds = Math.floor((now - this.seconds * 1000) * 1e6);
  }
}
