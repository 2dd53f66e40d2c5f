import { asErrno, type Errno } from '../../core/filesystem/errno.js';
import type { ReadlinkRequest, StatfsRequest, SyncfsRequest } from '../../core/filesystem/requests/index.js';
import type { Done } from '../../core/filesystem/result.js';
import { PATH_MAX } from '../../core/protocol/flags.js';
import { native } from '../../native/index.js';
import type { Share } from './share.js';

export function readlink({ nodes }: Share, request: ReadlinkRequest): Done | Errno {
  const fd = nodes.fd(request.node);
  if (fd < 0) return asErrno(fd);
  const length = native.readlinkat(fd, 0, request.targetOffset, PATH_MAX);
  return length < 0 ? asErrno(length) : request.answerFromSlab(length);
}

export function statfs({ nodes }: Share, request: StatfsRequest): Done | Errno {
  const fd = nodes.fd(request.node);
  if (fd < 0) return asErrno(fd);
  const error = native.fstatfs(fd, request.statfsOffset);
  return error < 0 ? asErrno(error) : request.statistics();
}

export function syncfs({ nodes }: Share, request: SyncfsRequest): Done | Errno {
  return asErrno(native.syncfs(nodes.mountFd(request.node)));
}
