import type { FileSystemSelection } from '../config/index.js';

/** What a plugin offers, as its property `shares`, whose root is a list of file systems that come and go. */
export interface ShareTree {
  /** What is in the root, as a config would have it. */
  readonly selections: Readonly<Record<string, FileSystemSelection>>;
  /** Throws, and changes nothing, when the name is taken or the file system cannot start. */
  add(name: string, selection: FileSystemSelection): Promise<void>;
  /** Takes the name away at once; false when there is none. What is open in it goes on until it is closed. */
  remove(name: string): boolean;
}
