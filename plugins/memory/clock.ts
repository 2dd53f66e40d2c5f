/** Milliseconds by which the two clocks may differ before the time of day is taken to have been set. */
const TOLERANCE = 2;

/** The time of day in seconds and nanoseconds: Date.now(), refined by the monotonic clock, which runs at the same rate. */
export class Clock {
  seconds = 0;
  nanoseconds = 0;
  /** The time of day at which the monotonic clock was 0, in milliseconds. */
  private origin = NaN;

  /** Sets `seconds` and `nanoseconds` to now. */
  read(): void {
    const day = Date.now();
    const monotonic = performance.now();
    let now = this.origin + monotonic;
    if (!(Math.abs(now - day) < TOLERANCE)) {
      this.origin = day - monotonic;
      now = day;
    }
    this.seconds = Math.floor(now / 1000);
    this.nanoseconds = Math.floor((now - this.seconds * 1000) * 1e6);
  }
}
