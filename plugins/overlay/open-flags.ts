import { constants } from 'node:fs';

const { O_RDONLY, O_WRONLY, O_RDWR, O_TRUNC, O_CREAT, O_EXCL } = constants;
const O_ACCMODE = 3;

/** Whether an open with these flags may change the file. */
export function changes(flags: number): boolean {
  return (flags & O_ACCMODE) !== O_RDONLY || (flags & O_TRUNC) !== 0;
}

/** The flags for a layer. With a write-back cache the kernel also reads what it opened for writing. */
export function innerFlags(flags: number, writeback: boolean): number {
  const kept = flags & ~(O_CREAT | O_EXCL);
  return writeback && (flags & O_ACCMODE) === O_WRONLY ? (kept & ~O_ACCMODE) | O_RDWR : kept;
}
