import { Errno } from '../../core/filesystem/errno.js';
import { Done } from '../../core/filesystem/result.js';
import { type Acl, aclMode, checkAcl, CLASSES, isEmpty, isMinimal, withMode } from './acl-value.js';
import type { Inode } from './inode.js';
import { S_IFDIR, S_ISGID } from '../../core/protocol/mode.js';
import type { Volume } from './volume.js';
import { discard, store } from './xattr-store.js';

const ACCESS = 'system.posix_acl_access';
const DEFAULT = 'system.posix_acl_default';

export function isAclName(name: string): boolean {
  return name === ACCESS || name === DEFAULT;
}

/**
 * acl(5). An access ACL decides the mode, and is kept only where it says more than that. Whether the caller may set it,
 * the kernel has judged; `killSetgid` says that he is not in the file's group.
 */
export function setAcl(volume: Volume, inode: Inode, name: string, acl: Acl, killSetgid: boolean): Done | Errno {
  if (isEmpty(acl)) return removeAcl(volume, inode, name);
  if (name === DEFAULT && !inode.directory) return Errno.EACCES;
  const error = checkAcl(acl);
  if (error) return error;
  if (name === ACCESS && isMinimal(acl)) discard(volume, inode, ACCESS);
  else if (!store(volume, inode, name, acl)) return Errno.ENOSPC;
  if (name === ACCESS) inode.mode = (inode.mode & ~(killSetgid ? CLASSES | S_ISGID : CLASSES)) | aclMode(acl);
  inode.changed(volume.clock);
  return Done;
}

/** Also succeeds when there is none, as on tmpfs. */
export function removeAcl(volume: Volume, inode: Inode, name: string): Done {
  discard(volume, inode, name);
  if (name === ACCESS || inode.directory) inode.changed(volume.clock);
  return Done;
}

/** Brings the access ACL in step with a mode that chmod(2) has set. */
export function chmodAcl({ xattrs, mode }: Inode): void {
  const acl = xattrs?.get(ACCESS);
  if (acl) xattrs!.set(ACCESS, withMode(acl, mode));
}

/** The permission bits of what is made in `parent` with `mode`: a default ACL takes the place of the umask. */
export function createMode(parent: Inode, mode: number, umask: number): number {
  const acl = parent.xattrs?.get(DEFAULT);
  return acl ? mode & (aclMode(acl) | ~CLASSES) : mode & ~umask;
}

/** Lets a new inode, made with `createMode`, inherit its parent's default ACL; false when there is no space for it. */
export function inheritAcl(volume: Volume, parent: Inode, inode: Inode): boolean {
  const acl = parent.xattrs?.get(DEFAULT);
  if (!acl) return true;
  return (isMinimal(acl) || store(volume, inode, ACCESS, withMode(acl, inode.mode))) && (inode.type !== S_IFDIR || store(volume, inode, DEFAULT, acl));
}
