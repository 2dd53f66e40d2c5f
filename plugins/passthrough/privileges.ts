import { constants } from 'node:fs';
import { Attr } from '../../core/protocol/structs.js';
import { native, slab } from '../../native/index.js';
import { scratch } from './scratch.js';

const { S_IFMT, S_IFREG, S_IXGRP } = constants;
const S_ISUID = 0o4000;
const S_ISGID = 0o2000;
/** Of root, who needs not be in a file's group. */
export const ANY_GROUP = -1;

/**
 * Clears the set-user-id and set-group-id bits of a file that somebody without CAP_FSETID changes; inode(7). This process
 * may have that capability, so the host does not do it; `security.capability` the host clears for everybody. Without
 * execution by the group set-group-id means mandatory locking, and somebody of the file's group, `gid`, may keep it.
 */
export function killPrivileges(fd: number, gid: number): number {
  const mode = modeOf(fd);
  if (mode < 0 || (mode & S_IFMT) !== S_IFREG) return Math.min(mode, 0);
  const keeps = (mode & S_IXGRP) === 0 && (slab.u32[(scratch.attr + Attr.gid) >> 2] === gid || gid === ANY_GROUP);
  return clear(fd, mode, keeps ? S_ISUID : S_ISUID | S_ISGID);
}

/** Clears the set-group-id bit of a file whose ACL somebody has set who is not in its group and lacks CAP_FSETID; acl(5). */
export function killSetgid(fd: number): number {
  const mode = modeOf(fd);
  return mode < 0 ? mode : clear(fd, mode, S_ISGID);
}

/** Whether a write to the file may have set-id bits to clear. */
export function hasSetid(fd: number): boolean {
  return isSetid(modeOf(fd));
}
export function isSetid(mode: number): boolean {
  return (mode & (S_ISUID | S_ISGID)) !== 0;
}

function modeOf(fd: number): number {
  const error = native.lookup(fd, 0, scratch.attr, scratch.identity);
  return error < 0 ? error : slab.u32[(scratch.attr + Attr.mode) >> 2]!;
}

function clear(fd: number, mode: number, bits: number): number {
  return (mode & bits) === 0 ? 0 : native.fchmod(fd, mode & 0o7777 & ~bits);
}
