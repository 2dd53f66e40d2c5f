/** Lets one thing happen when nothing else is under way, of what takes several steps; others wait for it meanwhile. */
export class Stages {
  private underWay = 0;
  private quiet: Promise<void> | undefined;
  private settled: (() => void) | undefined;

  /** Does something in steps; what ends at once is never under way. */
  run<T>(what: () => T | Promise<T>): T | Promise<T> {
    if (this.quiet) return this.quiet.then(() => this.run(what));
    const result = what();
    if (!(result instanceof Promise)) return result;
    this.underWay++;
    return result.finally(() => {
      if (--this.underWay === 0) this.settled?.();
    });
  }

  /** Does something while nothing is under way. */
  async alone<T>(what: () => T | Promise<T>): Promise<T> {
    while (this.quiet) await this.quiet;
    let end!: () => void;
    this.quiet = new Promise((resolve) => (end = resolve));
    try {
      while (this.underWay > 0) await new Promise<void>((resolve) => (this.settled = resolve));
      return await what();
    } finally {
      this.quiet = undefined;
      this.settled = undefined;
      end();
    }
  }
}
