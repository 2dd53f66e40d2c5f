import { Errno } from '../../core/filesystem/errno.js';
import { Done } from '../../core/filesystem/result.js';
import type { GetattrRequest, SetattrRequest, StatxRequest } from '../../core/filesystem/requests/index.js';
import { SetattrValid } from '../../core/protocol/flags.js';
import { chmodAcl } from './acl.js';
import { truncate } from './extent.js';
import type { Inode } from './inode.js';
import { PERMISSIONS } from '../../core/protocol/mode.js';
import { dropPrivileges, setIdBits } from './privileges.js';
import type { Volume } from './volume.js';

const OWNER = SetattrValid.UID | SetattrValid.GID;
/** What a request may say without setting anything; the time of change comes along with the writeback cache. */
const IDLE = SetattrValid.FH | SetattrValid.CTIME;

export function getattr(volume: Volume, request: GetattrRequest): Inode {
  return volume.inode(request.node);
}

export function statx(volume: Volume, request: StatxRequest): Inode {
  return volume.inode(request.node);
}

/**
 * A request that sets nothing is what Linux makes of chown(2) to no other owner, and of its own wish to drop privileges
 * before somebody writes. Only with the writeback cache they differ, and chown(2) can be refused to whom tmpfs refuses it.
 */
export function setattr(volume: Volume, request: SetattrRequest): Inode | Errno {
  const { valid } = request;
  const inode = volume.inode(request.node);
  const ours = request.uid === inode.uid || request.uid === 0;
  const group = request.uid === 0 ? inode.gid : request.gid;
  if (!ours && (valid & ~SetattrValid.FH) === SetattrValid.CTIME && setIdBits(inode, group) !== 0) return Errno.EPERM;
  const error = valid & SetattrValid.SIZE ? truncate(volume, inode, request.size) : Done;
  if (error) return error;
  inode.changed(volume.clock);
  const strip = !inode.directory && ((valid & OWNER) !== 0 || ((valid & ~IDLE) === 0 && ours));
  if (strip || valid & SetattrValid.SIZE) dropPrivileges(volume, inode, strip || (valid & SetattrValid.KILL_SUIDGID) !== 0, group);
  if (valid & SetattrValid.MODE) {
    inode.mode = inode.type | (request.mode & PERMISSIONS);
    chmodAcl(inode);
  }
  if (valid & SetattrValid.UID) inode.uid = request.newUid;
  if (valid & SetattrValid.GID) inode.gid = request.newGid;
  setTimes(volume, inode, request, valid);
  return inode;
}

/** utimensat(2), and the times a kernel keeps itself with the writeback cache; the clock stands at the present. */
function setTimes({ clock }: Volume, inode: Inode, request: SetattrRequest, valid: number): void {
  if (valid & SetattrValid.ATIME) {
    const now = (valid & SetattrValid.ATIME_NOW) !== 0;
    inode.atime = now ? clock.seconds : request.atime;
    inode.atimeNsec = now ? clock.nanoseconds : request.atimeNsec;
  }
  if (valid & SetattrValid.MTIME) {
    const now = (valid & SetattrValid.MTIME_NOW) !== 0;
    inode.mtime = now ? clock.seconds : request.mtime;
    inode.mtimeNsec = now ? clock.nanoseconds : request.mtimeNsec;
  }
  if (valid & SetattrValid.CTIME) {
    inode.ctime = request.ctime;
    inode.ctimeNsec = request.ctimeNsec;
  }
}
