/** Fruitless watches that as many fruitful ones before them make up for at most, and the longest pause in wake-ups. */
const SCORE_MOST = 4;
const PAUSE_MOST = 64;

/**
 * How long to watch a channel for the next request before sleeping: a sleeping core costs some 50 us to wake, a watching
 * one nothing. Watching that finds nothing more often than something, because the guest is idle, slow or needs this very
 * core, pauses for a number of wake-ups, which doubles each time and is halved when a request comes in time.
 */
export class Polling {
  private score = 0;
  private pause = 0;
  private skip = 0;

  /** `most` in microseconds; 0 never watches. */
  constructor(private readonly most: number) {}

  get never(): boolean {
    return this.most === 0;
  }

  /** Microseconds to watch this time. */
  next(): number {
    if (this.skip === 0) return this.most;
    this.skip--;
    return 0;
  }

  /** A request came while watching. */
  hit(): void {
    if (this.score < SCORE_MOST) this.score++;
    this.pause >>= 1;
  }

  miss(): void {
    if (--this.score >= 0) return;
    this.score = 0;
    this.pause = Math.min(Math.max(this.pause * 2, 1), PAUSE_MOST);
    this.skip = this.pause;
  }
}
