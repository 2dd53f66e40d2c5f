import { asErrno, type Errno } from '../../core/filesystem/errno.js';
import type { RemoveRequest } from '../../core/filesystem/requests/index.js';
import type { Done } from '../../core/filesystem/result.js';
import { native } from '../../native/index.js';
import { AT_REMOVEDIR } from '../../native/syscalls.js';
import { become, leave } from './caller.js';
import type { Share } from './share.js';

/** UNLINK and RMDIR. */
export function remove(share: Share, request: RemoveRequest, directory: boolean): Done | Errno {
  const dirfd = share.writable(request.parent);
  if (dirfd < 0) return asErrno(dirfd);
  const kept = share.nodes.keep(request, dirfd, request.nameOffset);
  const error = become(request) || native.unlinkat(dirfd, request.nameOffset, directory ? AT_REMOVEDIR : 0);
  leave(request);
  if (error < 0) share.nodes.unkeep(kept);
  return asErrno(error);
}
