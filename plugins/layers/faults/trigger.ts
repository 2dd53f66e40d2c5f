import type { FaultRule } from './options.js';

/** A rule with its count of the requests that it is about. */
export class Trigger {
  private count = 0;

  constructor(readonly rule: FaultRule, private readonly random: () => number) {}

  /** Counts a request on a path; true when the rule strikes. */
  strikes(path: string | undefined): boolean {
    const { paths, nth, every, probability } = this.rule;
    if (paths && (path === undefined || !paths.some((glob) => glob.takes(path)))) return false;
    this.count++;
    if (nth !== undefined) return this.count === nth;
    if (every !== undefined) return this.count % every === 0;
    return probability === undefined || this.random() < probability;
  }
}
