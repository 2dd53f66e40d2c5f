import { asErrno, type Errno } from '../../core/filesystem/errno.js';
import type { GetxattrRequest, ListxattrRequest, RemovexattrRequest, SetxattrRequest } from '../../core/filesystem/requests/index.js';
import type { Done } from '../../core/filesystem/result.js';
import { native } from '../../native/index.js';
import { become, leave } from './caller.js';
import { killSetgid } from './privileges.js';
import type { Share } from './share.js';

/** XATTR_SIZE_MAX and XATTR_LIST_MAX of limits.h, in bytes. */
const SIZE_MAX = 65536;

export function getxattr({ nodes }: Share, request: GetxattrRequest): Done | Errno {
  const fd = nodes.fd(request.node);
  if (fd < 0) return asErrno(fd);
  const size = Math.min(request.size, SIZE_MAX);
  const got = become(request) || native.getxattr(fd, request.nameOffset, size === 0 ? 0 : request.valueOffset, size);
  leave(request);
  return got < 0 ? asErrno(got) : request.answerFromSlab(got);
}

export function listxattr({ nodes }: Share, request: ListxattrRequest): Done | Errno {
  const fd = nodes.fd(request.node);
  if (fd < 0) return asErrno(fd);
  const size = Math.min(request.size, SIZE_MAX);
  const got = native.listxattr(fd, size === 0 ? 0 : request.valueOffset, size);
  return got < 0 ? asErrno(got) : request.answerFromSlab(got);
}

export function setxattr(share: Share, request: SetxattrRequest): Done | Errno {
  const fd = share.writable(request.node);
  if (fd < 0) return asErrno(fd);
  const value = request.size === 0 ? 0 : request.valueToSlab();
  if (value < 0) return asErrno(value);
  const error = become(request) || native.setxattr(fd, request.nameOffset, value, request.size, request.flags);
  leave(request);
  return asErrno(error >= 0 && request.killSetgid ? killSetgid(fd) : error);
}

export function removexattr(share: Share, request: RemovexattrRequest): Done | Errno {
  const fd = share.writable(request.node);
  if (fd < 0) return asErrno(fd);
  const error = become(request) || native.removexattr(fd, request.nameOffset);
  leave(request);
  return asErrno(error);
}
