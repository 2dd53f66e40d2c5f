import { readFileSync } from 'node:fs';

/** File descriptors left for sockets, rings, libraries and what else is not opened on a guest's behalf. */
const RESERVE = 512;
/** A session may hold so many times what is left for others. */
const SHARE = 7;

/** The number of file descriptors this process may have; Node raises the soft limit to the hard one at its start. */
function fileLimit(): number {
  const limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
  return limit ? Number(limit[1]) : Infinity;
}

/**
 * File descriptors that serve guests, over all mounts of this process: those of handles, and those by which files are found
 * again, which are closed for the others. One session may hold seven times as many handles as are left over: the first gets
 * at most seven eighths of all, the next one seven eighths of the rest, so that there are always some for others.
 */
export class Descriptors {
  private used = 0;
  /** Kept between requests, by all pools. */
  pooled = 0;

  /** Of those, how many are for guests. */
  private most = 0;

  constructor(private files: number) {
    this.limit = files;
  }

  /** What the process may have open. */
  get limit(): number {
    return this.files;
  }
  set limit(limit: number) {
    this.files = limit;
    this.most = limit - Math.min(RESERVE, limit >> 3);
  }

  /** Whether a session that holds `count` may have one more. */
  allows(count: number): boolean {
    return count < (this.most - this.used) * SHARE;
  }

  /** The pools are to close one for each that they take up or that a handle takes; they have a third of all at most. */
  get full(): boolean {
    return this.pooled >= Math.min(this.most / 3, this.most - this.used);
  }

  take(): void {
    this.used++;
  }

  give(): void {
    this.used--;
  }
}

export const descriptors = new Descriptors(fileLimit());
