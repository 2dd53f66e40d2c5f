import { Errno } from '../../core/filesystem/errno.js';
import type { GetxattrRequest, ListxattrRequest, RemovexattrRequest, SetxattrRequest } from '../../core/filesystem/requests/index.js';
import { Done } from '../../core/filesystem/result.js';
import { isAclName, removeAcl, setAcl } from './acl.js';
import type { Inode } from './inode.js';
import type { Volume } from './volume.js';
import { discard, store } from './xattr-store.js';

/** Flags of setxattr(2). */
const XATTR_CREATE = 1;
const XATTR_REPLACE = 2;

const none: readonly string[] = [];

/** xattr(7): `user.` is for files and directories only, `trusted.` for the superuser only. Symbolic links have no ACL. */
function mayUse(inode: Inode, name: string, uid: number, denied: Errno): Done | Errno {
  if (name.startsWith('user.')) return name.length === 5 ? Errno.EINVAL : inode.pages || inode.directory ? Done : denied;
  if (name.startsWith('trusted.')) return name.length === 8 ? Errno.EINVAL : uid === 0 ? Done : denied;
  if (name.startsWith('security.')) return name.length === 9 ? Errno.EINVAL : Done;
  return isAclName(name) && inode.target === undefined ? Done : Errno.EOPNOTSUPP;
}

export function getxattr(volume: Volume, request: GetxattrRequest): Uint8Array | Errno {
  const { name } = request;
  const inode = volume.inode(request.node);
  const error = mayUse(inode, name, request.uid, Errno.ENODATA);
  return error || (inode.xattrs?.get(name) ?? Errno.ENODATA);
}

export function listxattr(volume: Volume, request: ListxattrRequest): readonly string[] {
  const { xattrs } = volume.inode(request.node);
  return xattrs ? [...xattrs.keys()] : none;
}

export function setxattr(volume: Volume, request: SetxattrRequest): Done | Errno {
  const { name, flags, value } = request;
  const inode = volume.inode(request.node);
  const error = mayUse(inode, name, request.uid, Errno.EPERM);
  if (error) return error;
  if (isAclName(name)) return setAcl(volume, inode, name, value, request.killSetgid);
  const old = inode.xattrs?.has(name) === true;
  if (old && flags & XATTR_CREATE) return Errno.EEXIST;
  if (!old && flags & XATTR_REPLACE) return Errno.ENODATA;
  if (!store(volume, inode, name, value)) return Errno.ENOSPC;
  inode.changed(volume.clock);
  return Done;
}

export function removexattr(volume: Volume, request: RemovexattrRequest): Done | Errno {
  const { name } = request;
  const inode = volume.inode(request.node);
  const error = mayUse(inode, name, request.uid, Errno.EPERM);
  if (error) return error;
  if (isAclName(name)) return removeAcl(volume, inode, name);
  if (!discard(volume, inode, name)) return Errno.ENODATA;
  inode.changed(volume.clock);
  return Done;
}
