import type { Attributes } from './attributes.js';

/** What a look-up finds: a node and its attributes. Node 0 means "there is no such name", remembered by the kernel. */
export interface Entry {
  node: number;
  attributes: Attributes;
  /** Seconds the kernel may keep the name and the attributes; absent: the mount's cache policy. */
  entryTimeout?: number;
  attrTimeout?: number;
}

/** The answer to OPEN and OPENDIR. */
export interface Opened {
  /** The plugin's own number for this open, 0 to 2^53 - 1; it comes back in every request on the handle. Absent: 0. */
  handle?: number;
  /** `OpenFlag` bits; the mount's cache policy adds its own. */
  flags?: number;
  /** A file of this host, open as the caller opened this one, that a kernel which can may read and write by itself. */
  backing?: number;
  /**
   * A file of this host, open as the caller opened this one: READ and WRITE on the handle, if they ask for nothing special
   * (set-id bits to be cleared, O_APPEND), are preadv(2) and pwritev(2) on it and need not reach the plugin.
   */
  data?: number;
  /** Where `data` may have to be another file later: called at once with a function that exchanges it, for as long as the file is open. */
  moves?: (move: (data: number) => void) => void;
}

/** The answer to CREATE and TMPFILE. */
export interface Created extends Entry, Opened {}
