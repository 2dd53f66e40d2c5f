import { asErrno, Errno } from '../../core/filesystem/errno.js';
import type { AccessRequest, ReadlinkRequest, StatfsRequest, SyncfsRequest } from '../../core/filesystem/requests/index.js';
import { Done } from '../../core/filesystem/result.js';
import { PATH_MAX } from '../../core/protocol/flags.js';
import { native } from '../../native/index.js';
import { judge, W_OK } from './caller.js';
import { FileType } from './known-files.js';
import type { Share } from './share.js';

export function readlink({ nodes }: Share, request: ReadlinkRequest): Done | Errno {
  if (nodes.type(request.node) !== FileType.SYMLINK) return Errno.EINVAL;
  const fd = nodes.fd(request.node);
  if (fd < 0) return asErrno(fd);
  const length = native.readlinkat(fd, 0, request.targetOffset, PATH_MAX);
  return length < 0 ? asErrno(length) : request.answerFromSlab(length);
}

/** access(2), where the kernel does not judge by itself. */
export function access({ nodes, readonly }: Share, request: AccessRequest): Done | Errno {
  if (readonly && (request.mask & W_OK) !== 0) return Errno.EROFS;
  const fd = nodes.fd(request.node);
  return asErrno(fd < 0 ? fd : judge(request, fd, request.mask));
}

export function statfs({ nodes }: Share, request: StatfsRequest): Done | Errno {
  const fd = nodes.fd(request.node);
  if (fd < 0) return asErrno(fd);
  const error = native.fstatfs(fd, request.statfsOffset);
  return error < 0 ? asErrno(error) : request.statistics();
}

/** A kernel that does not know of submounts means all of them. The first failure is told, after all were tried. */
export async function syncfs({ nodes }: Share, request: SyncfsRequest): Promise<Done | Errno> {
  const fds = request.submounts ? [nodes.mount(request.node).fd] : nodes.mountFds;
  const results = await Promise.all(fds.map((fd) => native.syncfsAsync(fd)));
  return asErrno(results.find((error) => error < 0) ?? Done);
}
