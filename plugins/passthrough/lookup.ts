import { asErrno, type Errno } from '../../core/filesystem/errno.js';
import type { EntryRequest } from '../../core/filesystem/requests/entry.js';
import type { LookupRequest } from '../../core/filesystem/requests/index.js';
import type { Done } from '../../core/filesystem/result.js';
import { native, slab } from '../../native/index.js';
import { Identity } from '../../native/syscalls.js';
import { judge, X_OK } from './caller.js';
import { scratch } from './scratch.js';
import type { Share } from './share.js';

/** One statx(2) relative to the parent's fd, which a shortcut may have made. */
export function lookup(share: Share, request: LookupRequest): Done | Errno {
  const dirfd = share.nodes.fd(request.parent);
  if (dirfd < 0) return asErrno(dirfd);
  const error = request.defaultPermissions ? 0 : judge(request, dirfd, X_OK);
  if (error < 0) return asErrno(error);
  const found = request.foundOffset;
  if (found === 0) return answerEntry(share, request, dirfd, request.nameOffset);
  slab.u32.copyWithin(scratch.identity >> 2, found >> 2, (found + Identity.SIZE) >> 2);
  return answerFound(share, request, dirfd, request.nameOffset);
}

/** Answers with what is found as `name` in the request's node, whose fd is `dirfd`. */
export function answerEntry(share: Share, request: EntryRequest, dirfd: number, name: number): Done | Errno {
  const error = native.lookup(dirfd, name, request.attrOffset, scratch.identity);
  return error < 0 ? asErrno(error) : answerFound(share, request, dirfd, name);
}

/** The same when the file's attributes and identity are in place. */
function answerFound({ nodes }: Share, request: EntryRequest, dirfd: number, name: number): Done | Errno {
  const node = nodes.at(request.node, dirfd, name);
  if (node < 0) return asErrno(node);
  if (request.submounts) nodes.mark(node, request.node, request.attrOffset);
  return request.entry(node);
}
