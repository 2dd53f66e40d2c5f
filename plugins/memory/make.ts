import { Errno } from '../../core/filesystem/errno.js';
import { createMode, inheritAcl } from './acl.js';
import type { Inode } from './inode.js';
import { S_IFDIR, S_IFMT, S_ISGID } from '../../core/protocol/mode.js';
import type { Volume } from './volume.js';

/** Who asks. */
export interface Caller {
  readonly uid: number;
  readonly gid: number;
}

/** A new inode in `parent`, of the caller's; in a set-group-ID directory the group, for directories the bit too, is inherited. */
export function makePlain(volume: Volume, parent: Inode, mode: number, caller: Caller): Inode | Errno {
  const inherit = (parent.mode & S_ISGID) !== 0;
  const bits = inherit && (mode & S_IFMT) === S_IFDIR ? mode | S_ISGID : mode;
  return volume.create(bits, caller.uid, inherit ? parent.gid : caller.gid) ?? Errno.ENOSPC;
}

/** As `makePlain`, for all but symbolic links: a default ACL of `parent` is inherited, and takes the place of the umask. */
export function make(volume: Volume, parent: Inode, mode: number, umask: number, caller: Caller): Inode | Errno {
  const inode = makePlain(volume, parent, createMode(parent, mode, umask), caller);
  if (typeof inode === 'number' || inheritAcl(volume, parent, inode)) return inode;
  inode.nlink = 0;
  volume.reap(inode);
  return Errno.ENOSPC;
}
