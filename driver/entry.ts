import type { Stats } from './stats.js';

/** A node in use: the server keeps it until `release`, exactly one per entry. */
export class Entry {
  #release: (() => void) | undefined;

  /** `stats` as the look-up found them; undefined for the root, which is never looked up. */
  constructor(readonly node: number, readonly stats: Stats | undefined, release: () => void) {
    this.#release = release;
  }

  get isDirectory(): boolean {
    return this.stats?.isDirectory ?? true;
  }

  get isSymbolicLink(): boolean {
    return this.stats?.isSymbolicLink ?? false;
  }

  release(): void {
    this.#release?.();
    this.#release = undefined;
  }
}
