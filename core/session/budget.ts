/** What a turn may cost, in small requests: while a guest has little to do, and when all have much. */
const LEAST = 4;
const MOST = 64;
/** Requests that a guest with much to do leaves in its channel. */
const DEEP = 16;

/**
 * What the turns of several guests may cost. One with few requests at a time waits between any two of them for the others'
 * turns: those are short then. Where every guest always leaves more than its turn takes, none of them waits for that, and
 * longer turns cost less.
 */
export class Budget {
  cost = LEAST;
  /** Turns in a row that left much. */
  private deep = 0;

  /** A turn, of one of so many guests, left so many requests. */
  left(requests: number, guests: number): void {
    if (requests < DEEP) {
      this.deep = 0;
      this.cost = LEAST;
    } else if (++this.deep >= guests) {
      this.deep = 0;
      this.cost = Math.min(this.cost * 2, MOST);
    }
  }
}
