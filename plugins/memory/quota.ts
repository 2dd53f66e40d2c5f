/** Something there is only so much of. */
export class Quota {
  used = 0;

  constructor(readonly limit: number) {}

  get free(): number {
    return this.limit - this.used;
  }
  /** False, and nothing is taken, when less than `amount` is left. */
  take(amount: number): boolean {
    if (amount > this.free) return false;
    this.used += amount;
    return true;
  }
  give(amount: number): void {
    this.used -= amount;
  }
}
