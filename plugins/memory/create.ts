import { constants } from 'node:fs';
import type { Created, Entry } from '../../core/filesystem/entry.js';
import { Errno } from '../../core/filesystem/errno.js';
import type { CreateRequest, LinkRequest, MkdirRequest, MknodRequest, SymlinkRequest, TmpfileRequest } from '../../core/filesystem/requests/index.js';
import { nameBytes } from '../../core/protocol/names.js';
import { Directory } from './directory-index.js';
import { truncate } from './extent.js';
import type { Inode } from './inode.js';
import { make, makePlain } from './make.js';
import { PERMISSIONS, S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFREG, S_IFSOCK } from '../../core/protocol/mode.js';
import { PAGE_BLOCKS } from './page.js';
import { attach, mayAdd } from './place.js';
import { INODE_SPACE, targetPages, type Volume } from './volume.js';

export function mknod(volume: Volume, request: MknodRequest): Entry | Errno {
  const { parent, name } = request;
  const type = request.mode & S_IFMT || S_IFREG;
  if (type !== S_IFREG && type !== S_IFCHR && type !== S_IFBLK && type !== S_IFIFO && type !== S_IFSOCK) return Errno.EINVAL;
  const directory = volume.directory(parent)!;
  const error = mayAdd(directory, name);
  if (error) return error;
  const inode = make(volume, directory.inode, type | (request.mode & PERMISSIONS), request.umask, request);
  if (typeof inode === 'number') return inode;
  if (type === S_IFCHR || type === S_IFBLK) inode.rdev = request.rdev;
  attach(volume, directory, name, inode);
  return inode;
}

export function mkdir(volume: Volume, request: MkdirRequest): Entry | Errno {
  const { parent, name } = request;
  const directory = volume.directory(parent)!;
  const error = mayAdd(directory, name);
  if (error) return error;
  const inode = make(volume, directory.inode, S_IFDIR | (request.mode & PERMISSIONS), request.umask, request);
  if (typeof inode === 'number') return inode;
  inode.directory = new Directory(inode, directory.inode);
  inode.nlink = 2;
  attach(volume, directory, name, inode);
  return inode;
}

export function symlink(volume: Volume, request: SymlinkRequest): Entry | Errno {
  const { parent, name, target } = request;
  const directory = volume.directory(parent)!;
  const error = mayAdd(directory, name);
  if (error) return error;
  const size = nameBytes(target).length;
  const pages = targetPages(size);
  if (!volume.blocks.take(pages)) return Errno.ENOSPC;
  const inode = makePlain(volume, directory.inode, S_IFLNK | 0o777, request);
  if (typeof inode === 'number') {
    volume.blocks.give(pages);
    return inode;
  }
  inode.target = target;
  inode.size = size;
  inode.blocks = pages * PAGE_BLOCKS;
  attach(volume, directory, name, inode);
  return inode;
}

/** link(2). A further name takes of the inode space; a file without a name gets one only when O_TMPFILE allows it. */
export function link(volume: Volume, request: LinkRequest): Entry | Errno {
  const { parent, name } = request;
  const inode = volume.inode(request.source);
  const directory = volume.directory(parent)!;
  const error = mayAdd(directory, name);
  if (error) return error;
  if (inode.directory) return Errno.EPERM;
  if (inode.nlink === 0 && !inode.linkable) return Errno.ENOENT;
  if (inode.nlink > 0 && !volume.inodeSpace.take(INODE_SPACE)) return Errno.ENOSPC;
  inode.linkable = false;
  inode.nlink++;
  inode.changed(volume.clock);
  attach(volume, directory, name, inode);
  return inode;
}

export function create(volume: Volume, request: CreateRequest): Created | Errno {
  const { parent, name, flags } = request;
  const directory = volume.directory(parent)!;
  const error = mayAdd(directory, name);
  if (error === Errno.EEXIST && (flags & constants.O_EXCL) === 0) return openExisting(volume, directory.get(name)!.inode, flags);
  if (error) return error;
  const inode = make(volume, directory.inode, S_IFREG | (request.mode & PERMISSIONS), request.umask, request);
  if (typeof inode === 'number') return inode;
  attach(volume, directory, name, inode);
  return inode;
}

/** Another kernel made the file after this one had looked for it in vain. */
function openExisting(volume: Volume, inode: Inode, flags: number): Created | Errno {
  if (!inode.pages) return inode.directory ? Errno.EISDIR : Errno.EEXIST;
  if (flags & constants.O_TRUNC) truncate(volume, inode, 0);
  return inode;
}

export function tmpfile(volume: Volume, request: TmpfileRequest): Created | Errno {
  const directory = volume.directory(request.parent);
  if (!directory) return Errno.ENOTDIR;
  if (directory.inode.nlink === 0) return Errno.ENOENT;
  const inode = make(volume, directory.inode, S_IFREG | (request.mode & PERMISSIONS), request.umask, request);
  if (typeof inode === 'number') return inode;
  inode.nlink = 0;
  inode.linkable = (request.flags & constants.O_EXCL) === 0;
  return inode;
}
