import { constants } from 'node:fs';
import { Attr } from '../../core/protocol/structs.js';
import { native, slab } from '../../native/index.js';
import { scratch } from './scratch.js';

const { S_IFMT, S_IFREG, S_IXGRP } = constants;
const S_ISUID = 0o4000;
const S_ISGID = 0o2000;

/**
 * Clears the set-user-id and set-group-id bits of a file that somebody without CAP_FSETID changes; inode(7). This process
 * may have that capability, so the host does not do it; `security.capability` the host clears for everybody.
 */
export function killPrivileges(fd: number): number {
  const error = native.lookup(fd, 0, scratch.attr, scratch.identity);
  if (error < 0) return error;
  const mode = slab.u32[(scratch.attr + Attr.mode) >> 2]!;
  const bits = S_ISUID | ((mode & S_IXGRP) === 0 ? 0 : S_ISGID);
  return (mode & S_IFMT) === S_IFREG && (mode & bits) !== 0 ? native.fchmod(fd, mode & 0o7777 & ~bits) : 0;
}
