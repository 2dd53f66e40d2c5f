import type { Inode } from './inode.js';
import { S_ISGID, S_ISUID, S_IXGRP } from './mode.js';
import type { Volume } from './volume.js';
import { discard } from './xattr-store.js';

/**
 * What a change of data or owner takes away: file capabilities, capabilities(7), and with `setId` set-user-ID, and
 * set-group-ID where the group may execute.
 */
export function dropPrivileges(volume: Volume, inode: Inode, setId: boolean): void {
  if (inode.xattrs) discard(volume, inode, 'security.capability');
  if (setId) inode.mode &= ~setIdBits(inode);
}

/** The bits of a file that let a program run as another; directories have none. */
export function setIdBits({ directory, mode }: Inode): number {
  return directory ? 0 : mode & ((mode & S_IXGRP) === 0 ? S_ISUID : S_ISUID | S_ISGID);
}
