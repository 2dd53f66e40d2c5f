import { Errno } from '../../core/filesystem/errno.js';
import { Done } from '../../core/filesystem/result.js';
import type { Directory, DirectoryEntry } from './directory-index.js';
import type { Inode } from './inode.js';
import type { Volume } from './volume.js';

/** Whether `directory` may be given the new entry `name`. */
export function mayAdd(directory: Directory | undefined, name: string): Done | Errno {
  if (!directory) return Errno.ENOTDIR;
  if (directory.inode.nlink === 0) return Errno.ENOENT;
  if (directory.get(name)) return Errno.EEXIST;
  return directory.full ? Errno.ENOSPC : Done;
}

/** Gives an inode a name; a directory's `..` is a link to its parent. */
export function attach(volume: Volume, directory: Directory, name: string, inode: Inode): void {
  directory.add(name, inode);
  adopt(directory, inode);
  directory.inode.modified(volume.clock);
}

/** Removes a name, but not the inode's link count. */
export function detach(volume: Volume, directory: Directory, entry: DirectoryEntry): void {
  directory.remove(entry);
  abandon(directory, entry.inode);
  directory.inode.modified(volume.clock);
}

/** Makes `directory` the parent of `inode` if that is a directory. */
export function adopt(directory: Directory, inode: Inode): void {
  if (!inode.directory) return;
  inode.directory.parent = directory.inode;
  directory.inode.nlink++;
}

export function abandon(directory: Directory, inode: Inode): void {
  if (inode.directory) directory.inode.nlink--;
}
