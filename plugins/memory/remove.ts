import { Errno } from '../../core/filesystem/errno.js';
import type { RemoveRequest } from '../../core/filesystem/requests/index.js';
import { Done } from '../../core/filesystem/result.js';
import type { Inode } from './inode.js';
import { detach } from './place.js';
import type { Volume } from './volume.js';

export function unlink(volume: Volume, request: RemoveRequest): Done | Errno {
  const directory = volume.directory(request.parent);
  if (!directory) return Errno.ENOTDIR;
  const entry = directory.get(request.name);
  if (!entry) return Errno.ENOENT;
  if (entry.inode.directory) return Errno.EISDIR;
  detach(volume, directory, entry);
  volume.unlink(entry.inode);
  return Done;
}

export function rmdir(volume: Volume, request: RemoveRequest): Done | Errno {
  const directory = volume.directory(request.parent);
  if (!directory) return Errno.ENOTDIR;
  const entry = directory.get(request.name);
  if (!entry) return Errno.ENOENT;
  if (!entry.inode.directory) return Errno.ENOTDIR;
  if (entry.inode.directory.count > 0) return Errno.ENOTEMPTY;
  detach(volume, directory, entry);
  bury(volume, entry.inode);
  return Done;
}

/** Ends the life of an empty directory that has lost its name. */
export function bury(volume: Volume, inode: Inode): void {
  inode.nlink = 0;
  inode.changed(volume.clock);
  volume.reap(inode);
}
