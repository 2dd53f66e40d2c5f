import type { Entry } from '../../core/filesystem/entry.js';
import { Errno } from '../../core/filesystem/errno.js';
import type { LookupRequest } from '../../core/filesystem/requests/index.js';
import type { Volume } from './volume.js';

export function lookup(volume: Volume, request: LookupRequest): Entry | Errno {
  const directory = volume.directory(request.parent);
  if (!directory) return Errno.ENOTDIR;
  return directory.get(request.name)?.inode ?? Errno.ENOENT;
}
