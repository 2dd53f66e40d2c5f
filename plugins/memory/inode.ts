import { Attributes } from '../../core/filesystem/attributes.js';
import type { Entry } from '../../core/filesystem/entry.js';
import type { ExtendedAttributes } from '../../core/filesystem/statx.js';
import type { Clock } from './clock.js';
import type { Directory } from './directory-index.js';
import { S_IFMT } from '../../core/protocol/mode.js';
import type { PageTree } from './page-tree.js';

/** relatime: an access time older than this is renewed, in seconds. */
const STALE = 86_400;

/**
 * A file of any type. It is its own attributes and its own entry, so that answering with it allocates nothing. It lives
 * until it has no name and no kernel refers to it.
 */
export class Inode extends Attributes implements ExtendedAttributes, Entry {
  btime = 0;
  btimeNsec = 0;
  /** The data of a regular file. */
  pages: PageTree | undefined = undefined;
  /** The entries of a directory. */
  directory: Directory | undefined = undefined;
  /** Where a symbolic link points to. */
  target: string | undefined = undefined;
  xattrs: Map<string, Uint8Array> | undefined = undefined;
  /** Made by O_TMPFILE without O_EXCL: may be given its first name. */
  linkable = false;

  constructor(readonly node: number) {
    super();
  }

  get attributes(): this {
    return this;
  }
  get type(): number {
    return this.mode & S_IFMT;
  }

  /** Attributes have changed. */
  changed(clock: Clock): void {
    clock.read();
    this.ctime = clock.seconds;
    this.ctimeNsec = clock.nanoseconds;
  }

  /** Content has changed. */
  modified(clock: Clock): void {
    this.changed(clock);
    this.mtime = clock.seconds;
    this.mtimeNsec = clock.nanoseconds;
  }

  /** Content has been read; the time is kept as mount(8) describes `relatime`. */
  accessed(clock: Clock): void {
    clock.read();
    const fresh = later(this.atime, this.atimeNsec, this.mtime, this.mtimeNsec)
      && later(this.atime, this.atimeNsec, this.ctime, this.ctimeNsec)
      && clock.seconds - this.atime < STALE;
    if (fresh) return;
    this.atime = clock.seconds;
    this.atimeNsec = clock.nanoseconds;
  }
}

function later(seconds: number, nanoseconds: number, thanSeconds: number, thanNanoseconds: number): boolean {
  return seconds > thanSeconds || (seconds === thanSeconds && nanoseconds > thanNanoseconds);
}
