import { Errno } from '../../core/filesystem/errno.js';
import type { RenameRequest } from '../../core/filesystem/requests/index.js';
import { Done } from '../../core/filesystem/result.js';
import { RenameFlag } from '../../core/protocol/flags.js';
import type { Directory, DirectoryEntry } from './directory-index.js';
import type { Inode } from './inode.js';
import { type Caller, make } from './make.js';
import { S_IFCHR } from '../../core/protocol/mode.js';
import { abandon, adopt, attach, detach } from './place.js';
import { bury } from './remove.js';
import type { Volume } from './volume.js';

const { NOREPLACE, EXCHANGE, WHITEOUT } = { NOREPLACE: RenameFlag.NOREPLACE, EXCHANGE: RenameFlag.EXCHANGE, WHITEOUT: RenameFlag.WHITEOUT };

/** renameat2(2). */
export function rename(volume: Volume, request: RenameRequest): Done | Errno {
  const { flags } = request;
  if (flags > (NOREPLACE | EXCHANGE | WHITEOUT) || (flags & EXCHANGE && flags !== EXCHANGE)) return Errno.EINVAL;
  const from = volume.directory(request.parent);
  const to = volume.directory(request.newParent);
  if (!from || !to) return Errno.ENOTDIR;
  const { name, newName } = request;
  const source = from.get(name);
  const target = to.get(newName);
  if (!source || to.inode.nlink === 0) return Errno.ENOENT;
  if (target && flags & NOREPLACE) return Errno.EEXIST;
  if (!target && flags & EXCHANGE) return Errno.ENOENT;
  if (holds(source.inode, to)) return Errno.EINVAL;
  if (flags & EXCHANGE) return holds(target!.inode, from) ? Errno.EINVAL : exchange(volume, from, source, to, target!);
  if (target && holds(target.inode, from)) return Errno.ENOTEMPTY;
  if (target?.inode === source.inode) return Done;
  const error = target ? mayReplace(source.inode, target.inode) : to.full ? Errno.ENOSPC : Done;
  if (error) return error;
  return move(volume, from, source, to, target, newName, (flags & WHITEOUT) !== 0, request);
}

/** True when `inode` is `directory` or lies above it. */
function holds(inode: Inode, directory: Directory): boolean {
  if (!inode.directory) return false;
  for (let at = directory.inode; ; at = at.directory!.parent) {
    if (at === inode) return true;
    if (at === at.directory!.parent) return false;
  }
}

function mayReplace(source: Inode, target: Inode): Done | Errno {
  if (target.directory && !source.directory) return Errno.EISDIR;
  if (source.directory && !target.directory) return Errno.ENOTDIR;
  return target.directory && target.directory.count > 0 ? Errno.ENOTEMPTY : Done;
}

function exchange({ clock }: Volume, from: Directory, source: DirectoryEntry, to: Directory, target: DirectoryEntry): Done {
  const moved = source.inode;
  abandon(from, moved);
  abandon(to, target.inode);
  source.inode = target.inode;
  target.inode = moved;
  adopt(from, source.inode);
  adopt(to, moved);
  from.inode.modified(clock);
  to.inode.modified(clock);
  source.inode.changed(clock);
  moved.changed(clock);
  return Done;
}

/**
 * The name replaced keeps its place in the order of the directory, and so does an entry that only changes its name: a
 * listing under way shows each once.
 */
function move(volume: Volume, from: Directory, source: DirectoryEntry, to: Directory, target: DirectoryEntry | undefined, newName: string, whiteout: boolean, caller: Caller): Done | Errno {
  const { inode, name } = source;
  const white = whiteout ? make(volume, from.inode, S_IFCHR, 0, caller) : undefined;
  if (typeof white === 'number') return white;
  if (from === to && !target) {
    from.rename(source, newName);
    from.inode.modified(volume.clock);
  } else {
    detach(volume, from, source);
    if (target) replace(volume, to, target, inode);
    else attach(volume, to, newName, inode);
  }
  inode.changed(volume.clock);
  if (white) attach(volume, from, name, white);
  return Done;
}

function replace(volume: Volume, to: Directory, target: DirectoryEntry, inode: Inode): void {
  const old = target.inode;
  abandon(to, old);
  target.inode = inode;
  adopt(to, inode);
  to.inode.modified(volume.clock);
  if (old.directory) bury(volume, old);
  else volume.unlink(old);
}
