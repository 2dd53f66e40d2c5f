import { constants } from 'node:fs';
import type { Opened } from '../../core/filesystem/entry.js';
import { Errno } from '../../core/filesystem/errno.js';
import type { OpenRequest } from '../../core/filesystem/requests/index.js';
import { OpenInFlag } from '../../core/protocol/flags.js';
import { truncate } from './extent.js';
import { dropPrivileges } from './privileges.js';
import type { Volume } from './volume.js';

/** Requests name the node, so an open file needs no state of its own. */
const opened: Opened = {};

export function open(volume: Volume, request: OpenRequest): Opened | Errno {
  const inode = volume.inode(request.node);
  if (!inode.pages) return inode.directory ? Errno.EISDIR : Errno.ENXIO;
  if (request.flags & constants.O_TRUNC) {
    truncate(volume, inode, 0);
    dropPrivileges(volume, inode, (request.openFlags & OpenInFlag.KILL_SUIDGID) !== 0, request.gid);
  }
  return opened;
}
