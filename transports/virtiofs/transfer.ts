import type { Log } from '../../core/log.js';
import type { Place } from './device-state.js';

/** How long nothing may go through once the front-end asks for the end, in milliseconds: it has all of it, or has sent all of it, by then. */
const PATIENCE = 10_000;

/** A session on its way out of this process or into it (vhost-user spec, "Migrating back-end state"). */
export class Transfer {
  private readonly ending = new AbortController();
  private readonly done: Promise<boolean>;
  private late: NodeJS.Timeout | undefined;

  /** `gone` is aborted when the front-end has gone; `work` takes the descriptor, and says whether it has succeeded. */
  constructor(fd: number, gone: AbortSignal, log: Log, work: (place: Place) => Promise<boolean>) {
    const signal = AbortSignal.any([gone, this.ending.signal]);
    this.done = work({ fd, signal, log, progress: () => this.late?.refresh() }).catch((error: Error) => {
      log.error({ error: error.message }, 'the state of a guest was not transferred');
      return false;
    });
  }

  /** Ends it where it is; it has not succeeded then. */
  abort(): void {
    this.ending.abort();
  }

  /** Whether it has succeeded, when it is over, which must be soon, or go on. */
  outcome(): Promise<boolean> {
    const late = (this.late = setTimeout(() => this.abort(), PATIENCE));
    return this.done.finally(() => clearTimeout(late));
  }
}
