/** Seconds of its rate that a bucket holds when nobody takes of it. */
const BURST = 1;

/** So much per second. Who takes more than there is waits until it has come in; all wait in turn. */
export class Bucket {
  private left: number;
  private at: number;

  /** `now` tells seconds. */
  constructor(private readonly rate: number, private readonly now: () => number = () => performance.now() / 1000) {
    this.left = rate * BURST;
    this.at = now();
  }

  /** Takes `amount`; the seconds to wait. */
  take(amount: number): number {
    const now = this.now();
    this.left = Math.min(this.left + (now - this.at) * this.rate, Math.max(this.rate * BURST, 1)) - amount;
    this.at = now;
    return this.left >= 0 ? 0 : -this.left / this.rate;
  }
}
