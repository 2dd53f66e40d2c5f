import { constants } from 'node:fs';
import { asErrno, Errno } from '../../core/filesystem/errno.js';
import type { CreateRequest, FlushRequest, OpenRequest, Release } from '../../core/filesystem/requests/index.js';
import { Done, type Result } from '../../core/filesystem/result.js';
import { OpenFlag, OpenInFlag } from '../../core/protocol/flags.js';
import { native } from '../../native/index.js';
import { become, type Caller, judge, leave, X_OK } from './caller.js';
import { FileType } from './known-files.js';
import type { HostNodes } from './nodes.js';
import { hasSetid, isSetid, killPrivileges } from './privileges.js';
import type { Share } from './share.js';

const { O_RDONLY, O_WRONLY, O_RDWR, O_TRUNC, O_SYNC, O_DSYNC, O_NOATIME } = constants;
const O_ACCMODE = 3;
/** The file is opened to be executed; include/linux/fs.h. */
const FMODE_EXEC = 0x20;
/** For the file's owner and root only. */
const NOATIME = process.geteuid?.() === 0 ? O_NOATIME : 0;
/**
 * What the host's open takes over. Not O_APPEND, which each WRITE tells anew, nor O_DIRECT, whose alignment the buffers
 * do not have.
 */
const KEPT = O_ACCMODE | O_TRUNC | O_SYNC | O_DSYNC | NOATIME;

/**
 * The host's open(2) flags for the guest's. With a write-back cache the kernel also reads what it opened for writing, to
 * complete pages; nobody else does, so that atime stays.
 */
export function openFlags(flags: number, writeback: boolean): number {
  const kept = flags & KEPT;
  return writeback && (flags & O_ACCMODE) === O_WRONLY ? (kept & ~O_ACCMODE) | O_RDWR | NOATIME : kept;
}

/** Whether an open with these flags is one for a share that nobody changes. */
export function onlyReads(flags: number): boolean {
  return (flags & O_ACCMODE) === O_RDONLY && (flags & O_TRUNC) === 0;
}

/** Opens a file or directory as the caller asks: an fd, or a negative errno. */
export function openNode(nodes: HostNodes, request: OpenRequest | CreateRequest, node: number): number {
  const { flags, writeback } = request;
  return request.defaultPermissions ? nodes.open(node, openFlags(flags, writeback)) : openJudged(nodes, request, node, flags, writeback);
}

/** By an O_PATH fd, since to open by file handle takes a capability. Who executes a file needs not be able to read it. */
function openJudged(nodes: HostNodes, caller: Caller, node: number, flags: number, writeback: boolean): number {
  const path = nodes.opens(node) ? nodes.fd(node) : Errno.ENXIO;
  if (path < 0) return path;
  if ((flags & FMODE_EXEC) !== 0) return judge(caller, path, X_OK) || nodes.open(node, openFlags(flags, writeback));
  let fd = reopenAs(caller, path, flags);
  if (nodes.spares(fd)) fd = reopenAs(caller, path, flags);
  if (fd < 0 || !writeback || onlyReads(flags)) return fd;
  native.close(fd);
  return nodes.open(node, openFlags(flags, true));
}

function reopenAs(caller: Caller, path: number, flags: number): number {
  const fd = become(caller) || native.reopen(path, openFlags(flags, false));
  leave(caller);
  return fd;
}

/** The fd that the kernel may read and write by itself, or -1: it would not clear set-id bits as WRITE does. `mode`: st_mode, where it is known. */
export function backing({ backs, flags }: Pick<OpenRequest, 'backs' | 'flags'>, fd: number, mode?: number): number {
  return backs && (onlyReads(flags) || !(mode === undefined ? hasSetid(fd) : isSetid(mode))) ? fd : -1;
}

/**
 * Flags for an open file: a close(2) that has nothing to tell needs no FLUSH. Where the file is mapped and stored to, it is
 * the place to hear that pages could not be written.
 */
export function quietly({ nodes, hearsCloses }: Share, node: number, flags: number): number {
  return hearsCloses || (flags & O_ACCMODE) === O_RDWR || nodes.mount(node).flushes ? 0 : OpenFlag.NOFLUSH;
}

/** The handle is the host's fd. */
export function open(share: Share, request: OpenRequest): Done | Errno {
  const { nodes, readonly } = share;
  if (readonly && !onlyReads(request.flags)) return Errno.EROFS;
  if (nodes.type(request.node) === FileType.DIRECTORY) return Errno.EISDIR;
  const fd = openNode(nodes, request, request.node);
  if (fd < 0) return asErrno(fd);
  if ((request.openFlags & OpenInFlag.KILL_SUIDGID) !== 0) killPrivileges(fd, request.gid);
  const answer = request.opened(fd, quietly(share, request.node, request.flags), backing(request, fd), fd);
  if (answer < 0) native.close(fd);
  else nodes.opened(request.node, fd);
  return answer;
}

/** One close(2) of the caller's, of which there may be several per open. */
export function flush({ nodes }: Share, request: FlushRequest): Result {
  return nodes.mount(request.node).flushes ? native.flushAsync(request.handle).then(asErrno) : Done;
}

export function release({ nodes }: Share, { node, handle }: Release): Done | Errno {
  nodes.closing(node, handle);
  return asErrno(native.close(handle));
}
