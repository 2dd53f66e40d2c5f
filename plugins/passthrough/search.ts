import { constants } from 'node:fs';
import { Errno } from '../../core/filesystem/errno.js';
import { native, slab } from '../../native/index.js';
import { DirectoryRecord } from '../../native/syscalls.js';
import { STEP } from './mounts.js';
import { RECORDS_SIZE, scratch } from './scratch.js';

/**
 * Looks through a directory for entries with an inode number: `open` gets the byte offset of each one's name, until it
 * returns an fd. That fd, or ESTALE; another errno when the directory cannot be read. Not to be called while a listing stands in the scratch place.
 */
export function search(dirfd: number, inoLow: number, inoHigh: number, open: (name: number) => number): number {
  const { u16, u32 } = slab;
  const fd = native.openat2(dirfd, 0, constants.O_RDONLY | constants.O_DIRECTORY, 0, STEP);
  if (fd < 0) return fd;
  let found = -1;
  for (let bytes; found < 0 && (bytes = native.getdents(fd, 0, scratch.records, RECORDS_SIZE)) > 0; ) {
    for (let at = scratch.records; found < 0 && at < scratch.records + bytes; at += u16[(at + DirectoryRecord.reclen) >> 1]!) {
      if (u32[at >> 2] === inoLow && u32[(at >> 2) + 1] === inoHigh) found = open(at + DirectoryRecord.name);
    }
  }
  native.close(fd);
  return found < 0 ? Errno.ESTALE : found;
}
