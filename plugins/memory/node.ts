import { Errno } from '../../core/filesystem/errno.js';
import type { ReadlinkRequest, StatfsRequest } from '../../core/filesystem/requests/index.js';
import type { FileSystemStatistics } from '../../core/filesystem/statistics.js';
import { NAME_MAX } from '../../core/protocol/flags.js';
import { PAGE_SIZE } from './page.js';
import { INODE_SPACE, type Volume } from './volume.js';

export function readlink(volume: Volume, request: ReadlinkRequest): string | Errno {
  const inode = volume.inode(request.node);
  if (inode.target === undefined) return Errno.EINVAL;
  inode.accessed(volume.clock);
  return inode.target;
}

export function statfs({ blocks, inodeSpace }: Volume, _request: StatfsRequest): FileSystemStatistics {
  return {
    blocks: blocks.limit,
    bfree: blocks.free,
    bavail: blocks.free,
    files: Math.floor(inodeSpace.limit / INODE_SPACE),
    ffree: Math.floor(inodeSpace.free / INODE_SPACE),
    bsize: PAGE_SIZE,
    frsize: PAGE_SIZE,
    namelen: NAME_MAX,
  };
}
