import { run, type Steps } from '../../stack/index.js';

/**
 * Keeps changes of the tree apart from each other and from look-ups, where layers answer later: as long as all answers come
 * at once, nothing ever waits here. What takes long (the data of a copy-up) is done outside.
 */
export class Gate {
  private readers = 0;
  private writing = false;
  private readonly queue: { writes: boolean; enter: () => void }[] = [];

  /** May run beside others that only read. */
  read<T>(steps: () => Steps<T>): T | Promise<T> {
    return this.pass(steps, false);
  }
  /** Runs alone. */
  write<T>(steps: () => Steps<T>): T | Promise<T> {
    return this.pass(steps, true);
  }

  private pass<T>(steps: () => Steps<T>, writes: boolean): T | Promise<T> {
    if (this.queue.length > 0 || this.writing || (writes && this.readers > 0)) {
      return new Promise<void>((enter) => this.queue.push({ writes, enter })).then(() => this.inside(steps, writes));
    }
    this.enter(writes);
    return this.inside(steps, writes);
  }

  private inside<T>(steps: () => Steps<T>, writes: boolean): T | Promise<T> {
    let result: T | Promise<T>;
    try {
      result = run(steps());
    } catch (error) {
      this.leave(writes);
      throw error;
    }
    if (result instanceof Promise) return result.finally(() => this.leave(writes));
    this.leave(writes);
    return result;
  }

  private enter(writes: boolean): void {
    if (writes) this.writing = true;
    else this.readers++;
  }

  private leave(writes: boolean): void {
    if (writes) this.writing = false;
    else this.readers--;
    while (this.queue.length > 0 && !this.writing && !(this.queue[0]!.writes && this.readers > 0)) {
      const { writes: next, enter } = this.queue.shift()!;
      this.enter(next);
      enter();
    }
  }
}
