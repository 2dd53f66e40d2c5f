import type { FileSystemSelection } from '../config/index.js';
import type { MountContext } from '../session/session.js';

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

/** `oci`: a tar archive, as layers of OCI images are. `overlayfs`: an upper directory of the kernel's overlayfs. */
export type LayerFormat = 'oci' | 'overlayfs';

/**
 * What a file system offers, as its property `changes`, that keeps changes apart from what they change. One call at a
 * time; each throws a UserError when it cannot do its work. Kernels that are connected may go on meanwhile.
 */
export interface ChangeSet {
  /** All changes, by path. */
  diff(): Promise<Change[]>;
  /** Applies the changes to the layer beneath, and empties the change set; or to another file system, and keeps it. */
  commit(to?: FileSystemSelection): Promise<Committed>;
  /** Freezes what has changed so far as a new lower layer; the changes that follow are another set. Returns its number, from 1. */
  snapshot(): Promise<number>;
  /** Throws all changes away, back to the last snapshot: the number of names that were. */
  discard(): Promise<number>;
  /** Writes all changes, each by itself, as `oci` to a file of this host, with gzip where its name ends in .gz or .tgz, or as `overlayfs` to an empty file system: the number of files and whiteouts. */
  export(to: string | FileSystemSelection): Promise<number>;
  /** Makes the changes of a layer that is like what `export` writes. `self`: the mount, or part, that has these changes. */
  import(from: string | FileSystemSelection, self: MountContext): Promise<Imported>;
}

/** What an import did: files and directories written, names removed. */
export interface Imported {
  readonly written: number;
  readonly deleted: number;
}
