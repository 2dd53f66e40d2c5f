import type { FileSystemSelection } from '../config/index.js';

/** The type of a file, in words. */
export type FileKind = 'file' | 'directory' | 'symlink' | 'device' | 'fifo' | 'socket';

/**
 * What has become of one path. `changed`: other data, or another type; `metadata`: the same data with another owner, mode,
 * time or extended attribute. A directory that was deleted stands for all that it held; one that was renamed, for all
 * that it still holds.
 */
export interface Change {
  readonly change: 'added' | 'changed' | 'metadata' | 'deleted' | 'renamed';
  readonly path: string;
  readonly type: FileKind;
  /** Where it was, when renamed. */
  readonly from?: string;
  /** Bytes of a regular file now, and before. */
  readonly size?: number;
  readonly before?: number;
}

/** What a commit did. */
export interface Committed {
  /** Files and directories that were written, and names that were deleted. */
  readonly written: number;
  readonly deleted: number;
  /** Paths that stay a change: open files, and what was changed meanwhile. */
  readonly left: readonly string[];
}

/**
 * What a file system offers, as its property `changes`, that keeps changes apart from what they change. One call at a
 * time; each throws a UserError when it cannot do its work. Kernels that are connected may go on meanwhile.
 */
export interface ChangeSet {
  /** All changes, by path. */
  diff(): Promise<Change[]>;
  /** Applies the changes to the layer beneath, and empties the change set; or to another file system, and keeps it. */
  commit(to?: FileSystemSelection): Promise<Committed>;
  /** Throws all changes away: the number of names that were. */
  discard(): Promise<number>;
}
