import type { Inode } from './inode.js';
import { S_ISGID, S_ISUID, S_IXGRP } from '../../core/protocol/mode.js';
import type { Volume } from './volume.js';
import { discard } from './xattr-store.js';

/**
 * What a change of data or owner takes away: file capabilities, capabilities(7), and with `setId` set-user-ID, and
 * set-group-ID; `gid` is the
 * group of who changes it.
 */
export function dropPrivileges(volume: Volume, inode: Inode, setId: boolean, gid: number): void {
  if (inode.xattrs) discard(volume, inode, 'security.capability');
  if (setId) inode.mode &= ~setIdBits(inode, gid);
}

/**
 * The bits of a file that let a program run as another, which directories do not have, and set-group-ID without execution
 * by the group, mandatory locking, which the file's group may keep.
 */
export function setIdBits({ directory, mode, gid: group }: Inode, gid: number): number {
  if (directory) return 0;
  return mode & ((mode & S_IXGRP) === 0 && gid === group ? S_ISUID : S_ISUID | S_ISGID);
}
