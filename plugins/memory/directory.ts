import type { Entry, Opened } from '../../core/filesystem/entry.js';
import { Errno } from '../../core/filesystem/errno.js';
import type { OpendirRequest, ReaddirplusRequest, ReaddirRequest, Release } from '../../core/filesystem/requests/index.js';
import { Done } from '../../core/filesystem/result.js';
import { O_NOATIME } from './data.js';
import { DOT, DOT_DOT } from './directory-index.js';
import type { Inode } from './inode.js';
import { S_IFDIR } from '../../core/protocol/mode.js';
import type { Volume } from './volume.js';

/** DT_DIR of readdir(3). */
const DIRECTORY = S_IFDIR >> 12;

export function opendir(volume: Volume, request: OpendirRequest): Opened | Errno {
  const directory = volume.directory(request.node);
  return directory ? { handle: volume.streams.open(directory.last) } : Errno.ENOTDIR;
}

export function releasedir(volume: Volume, { handle }: Release): Done {
  volume.streams.close(handle);
  return Done;
}

export function readdir(volume: Volume, request: ReaddirRequest): Done | Errno {
  const directory = volume.directory(request.node);
  if (!directory) return Errno.ENOTDIR;
  const { offset } = request;
  const limit = volume.streams.limit(request.handle, offset, directory.last);
  if ((request.flags & O_NOATIME) === 0) directory.inode.accessed(volume.clock);
  if (offset < DOT && !request.add('.', directory.inode.ino, DIRECTORY, DOT)) return Done;
  if (offset < DOT_DOT && !request.add('..', directory.parent.ino, DIRECTORY, DOT_DOT)) return Done;
  for (let i = directory.after(offset); ; i++) {
    const entry = directory.at(i);
    if (!entry || entry.cookie > limit) return Done;
    if (!entry.dead && !request.add(entry.name, entry.inode.ino, entry.inode.mode >>> 12, entry.cookie)) return Done;
  }
}

export function readdirplus(volume: Volume, request: ReaddirplusRequest): Done | Errno {
  const directory = volume.directory(request.node);
  if (!directory) return Errno.ENOTDIR;
  const { offset } = request;
  const limit = volume.streams.limit(request.handle, offset, directory.last);
  if ((request.flags & O_NOATIME) === 0) directory.inode.accessed(volume.clock);
  if (offset < DOT && !request.add('.', unreferenced(directory.inode), DOT)) return Done;
  if (offset < DOT_DOT && !request.add('..', unreferenced(directory.parent), DOT_DOT)) return Done;
  for (let i = directory.after(offset); ; i++) {
    const entry = directory.at(i);
    if (!entry || entry.cookie > limit) return Done;
    if (!entry.dead && !request.add(entry.name, entry.inode, entry.cookie)) return Done;
  }
}

/** An entry that counts as no look-up. */
function unreferenced(attributes: Inode): Entry {
  return { node: 0, attributes };
}
