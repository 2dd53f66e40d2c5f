import { z } from 'zod';
import { Opcode } from '../protocol/opcode.js';
import type { AnsweredOpcode } from './layer.js';

/** Opcodes by the names that people write: lower case, and one name for the forms of one operation. */
const opcodes = {
  lookup: [Opcode.LOOKUP], getattr: [Opcode.GETATTR], statx: [Opcode.STATX], setattr: [Opcode.SETATTR], access: [Opcode.ACCESS],
  create: [Opcode.CREATE], tmpfile: [Opcode.TMPFILE], mknod: [Opcode.MKNOD], mkdir: [Opcode.MKDIR], symlink: [Opcode.SYMLINK], link: [Opcode.LINK],
  unlink: [Opcode.UNLINK], rmdir: [Opcode.RMDIR], rename: [Opcode.RENAME, Opcode.RENAME2], readlink: [Opcode.READLINK],
  open: [Opcode.OPEN], read: [Opcode.READ], write: [Opcode.WRITE], flush: [Opcode.FLUSH], fsync: [Opcode.FSYNC], release: [Opcode.RELEASE],
  fallocate: [Opcode.FALLOCATE], lseek: [Opcode.LSEEK], copy_file_range: [Opcode.COPY_FILE_RANGE, Opcode.COPY_FILE_RANGE_64],
  opendir: [Opcode.OPENDIR], readdir: [Opcode.READDIR, Opcode.READDIRPLUS], fsyncdir: [Opcode.FSYNCDIR], releasedir: [Opcode.RELEASEDIR],
  getxattr: [Opcode.GETXATTR], setxattr: [Opcode.SETXATTR], listxattr: [Opcode.LISTXATTR], removexattr: [Opcode.REMOVEXATTR],
  getlk: [Opcode.GETLK], setlk: [Opcode.SETLK, Opcode.SETLKW], ioctl: [Opcode.IOCTL], poll: [Opcode.POLL], bmap: [Opcode.BMAP],
  statfs: [Opcode.STATFS], syncfs: [Opcode.SYNCFS],
} as const satisfies Record<string, readonly Opcode[]>;

export type Operation = keyof typeof opcodes;

/** What can be asked of a file system, by name. */
export const operations = Object.keys(opcodes) as readonly Operation[];

const names = new Map(Object.entries(opcodes).flatMap(([name, all]) => all.map((opcode) => [opcode as Opcode, name as Operation])));

/** The name of the operation that an opcode is a form of; undefined for those without one. */
export function operationOf(opcode: AnsweredOpcode | Opcode): Operation | undefined {
  return names.get(opcode);
}

/** Schema of an operation's name. */
export const operation = () => z.enum(operations as [Operation, ...Operation[]]);
