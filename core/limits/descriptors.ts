import { readFileSync } from 'node:fs';

/** File descriptors left for sockets, rings, libraries and what else is not opened on a guest's behalf. */
const RESERVE = 512;

/** The number of file descriptors this process may have; Node raises the soft limit to the hard one at its start. */
function fileLimit(): number {
  const limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
  return limit ? Number(limit[1]) : Infinity;
}

/**
 * File descriptors that handles of guests take up, over all mounts of this process. One session may hold as many as are
 * left over: the first gets at most half of all, the next one half of the rest, so that there are always some for others.
 */
export class Descriptors {
  private used = 0;

  constructor(private readonly most: number) {}

  /** Whether a session that holds `count` may have one more. */
  allows(count: number): boolean {
    return count < this.most - this.used;
  }

  take(): void {
    this.used++;
  }

  give(): void {
    this.used--;
  }
}

const available = Math.max(fileLimit() - RESERVE, 192);
/** Most file descriptors that all mounts together keep open between requests, by which they find files again. */
export const POOLED_MOST = Math.floor(available / 3);
export const descriptors = new Descriptors(available - POOLED_MOST);
