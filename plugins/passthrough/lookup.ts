import { asErrno, type Errno } from '../../core/filesystem/errno.js';
import type { EntryRequest } from '../../core/filesystem/requests/entry.js';
import type { LookupRequest } from '../../core/filesystem/requests/index.js';
import type { Done } from '../../core/filesystem/result.js';
import { native } from '../../native/index.js';
import { judge, X_OK } from './caller.js';
import { scratch } from './scratch.js';
import type { Share } from './share.js';

/** The hot path: one statx(2) relative to the parent's fd. */
export function lookup(share: Share, request: LookupRequest): Done | Errno {
  const dirfd = share.nodes.fd(request.parent);
  if (dirfd < 0) return asErrno(dirfd);
  const error = request.defaultPermissions ? 0 : judge(request, dirfd, X_OK);
  return error < 0 ? asErrno(error) : answerEntry(share, request, dirfd, request.nameOffset);
}

/** Answers with what is found as `name` in the request's node, whose fd is `dirfd`. */
export function answerEntry({ nodes }: Share, request: EntryRequest, dirfd: number, name: number): Done | Errno {
  const error = native.lookup(dirfd, name, request.attrOffset, scratch.identity);
  if (error < 0) return asErrno(error);
  const node = nodes.at(request.node, dirfd, name);
  if (node < 0) return asErrno(node);
  if (request.submounts) nodes.mark(node, request.node, request.attrOffset);
  return request.entry(node);
}
