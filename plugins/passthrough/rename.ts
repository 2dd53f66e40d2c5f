import { asErrno, type Errno } from '../../core/filesystem/errno.js';
import type { RenameRequest } from '../../core/filesystem/requests/index.js';
import type { Done } from '../../core/filesystem/result.js';
import { RenameFlag } from '../../core/protocol/flags.js';
import { native } from '../../native/index.js';
import { become, leave } from './caller.js';
import type { Share } from './share.js';

export function rename(share: Share, request: RenameRequest): Done | Errno {
  const { nodes } = share;
  const { flags, parent, newParent, nameOffset, newNameOffset } = request;
  const dirfd = share.writable(parent);
  if (dirfd < 0) return asErrno(dirfd);
  const newDirfd = nodes.fd(newParent);
  if (newDirfd < 0) return asErrno(newDirfd);
  const replaced = (flags & RenameFlag.EXCHANGE) === 0 ? nodes.keep(request, newDirfd, newNameOffset) : 0;
  const error = become(request) || native.renameat2(dirfd, nameOffset, newDirfd, newNameOffset, flags);
  leave(request);
  if (error < 0) {
    nodes.unkeep(replaced);
    return asErrno(error);
  }
  nodes.moved(newParent, newDirfd, newNameOffset);
  if ((flags & RenameFlag.EXCHANGE) !== 0) nodes.moved(parent, dirfd, nameOffset);
  return 0;
}
