import { readFileSync } from 'node:fs';
import { descriptors } from '../core/limits/descriptors.js';
import { Limit } from '../native/confine.js';
import { native } from '../native/index.js';

/** As virtiofsd has it. */
const WANTED = 1_000_000;

/**
 * Raises the number of files that this process may have open, RLIMIT_NOFILE: to a million, or what the kernel allows, or to
 * `count`. Who lacks CAP_SYS_RESOURCE keeps the hard limit; 0, or an errno. Never lowers it unless told to.
 */
export function raiseFileLimit(count?: number): number {
  const wanted = count ?? Math.min(WANTED, Number(readFileSync('/proc/sys/fs/nr_open', 'utf8')));
  if (count === undefined && wanted <= descriptors.limit) return 0;
  const error = native.setLimit(Limit.NOFILE, wanted);
  if (error >= 0) descriptors.limit = wanted;
  return error;
}
