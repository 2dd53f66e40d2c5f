import type { Inode } from './inode.js';

/** Cookies of `.` and `..`; those of other entries are greater. */
export const DOT = 1;
export const DOT_DOT = 2;

/** Bytes each entry counts in a directory's size, as tmpfs has it. */
const ENTRY_SIZE = 20;
/** A Map holds fewer than 2^24 entries. */
const ENTRIES_MAX = 2 ** 24 - 1;
/** Dead entries that are not worth a compaction. */
const DEAD_LEAST = 64;

/** A name in a directory. */
export class DirectoryEntry {
  /** A removed entry stays in place, dead, until the next compaction. */
  dead = false;

  constructor(
    public name: string,
    public inode: Inode,
    /** Where a listing goes on after this entry; never used again in this directory. */
    readonly cookie: number,
  ) {}
}

/**
 * The entries of a directory by name, and in order of their cookies, in which they are listed. An entry keeps its cookie
 * when its name or its inode changes, so that whatever has been there all the time is listed exactly once.
 */
export class Directory {
  private readonly byName = new Map<string, DirectoryEntry>();
  private order: DirectoryEntry[] = [];
  private dead = 0;
  /** The greatest cookie given out. */
  last = DOT_DOT;

  constructor(readonly inode: Inode, public parent: Inode) {
    this.resize();
  }

  get count(): number {
    return this.byName.size;
  }
  get full(): boolean {
    return this.byName.size >= ENTRIES_MAX;
  }

  get(name: string): DirectoryEntry | undefined {
    return this.byName.get(name);
  }

  add(name: string, inode: Inode): void {
    const entry = new DirectoryEntry(name, inode, ++this.last);
    this.byName.set(name, entry);
    this.order.push(entry);
    this.resize();
  }

  /** Adds an entry with the cookie that it had elsewhere, after all that have been added; false for one that is none. */
  place(name: string, inode: Inode, cookie: number): boolean {
    if (!Number.isSafeInteger(cookie) || cookie <= this.last || this.full) return false;
    this.last = cookie - 1;
    this.add(name, inode);
    return true;
  }

  /** No cookie up to `last` is given out any more; false when greater ones were. */
  endAt(last: number): boolean {
    if (!Number.isSafeInteger(last) || last < this.last) return false;
    this.last = last;
    return true;
  }

  remove(entry: DirectoryEntry): void {
    this.byName.delete(entry.name);
    entry.dead = true;
    if (++this.dead > DEAD_LEAST && this.dead > this.byName.size) this.compact();
    this.resize();
  }

  rename(entry: DirectoryEntry, name: string): void {
    this.byName.delete(entry.name);
    entry.name = name;
    this.byName.set(name, entry);
  }

  /** Position of the first entry whose cookie is greater. */
  after(cookie: number): number {
    let low = 0;
    let high = this.order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.order[middle]!.cookie > cookie) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** The entry at a position, dead ones included; undefined at the end. */
  at(position: number): DirectoryEntry | undefined {
    return position < this.order.length ? this.order[position] : undefined;
  }

  private compact(): void {
    this.order = this.order.filter((entry) => !entry.dead);
    this.dead = 0;
  }

  private resize(): void {
    this.inode.size = (DOT_DOT + this.byName.size) * ENTRY_SIZE;
  }
}
