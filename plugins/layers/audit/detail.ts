import { SetattrValid } from '../../../core/protocol/flags.js';
import { Opcode } from '../../../core/protocol/opcode.js';
import type * as r from '../../../core/filesystem/requests/index.js';

const ACCESS = ['read', 'write', 'read and write', 'read and write'] as const;
const SETS = { mode: SetattrValid.MODE, uid: SetattrValid.UID, gid: SetattrValid.GID, size: SetattrValid.SIZE, atime: SetattrValid.ATIME, mtime: SetattrValid.MTIME } as const;

/** What a line says of a request beside who, what and where. */
export type Detail = (request: never) => object;

const data = ({ offset, size }: { offset: number; size: number }): object => ({ offset, size });
const access = ({ flags }: { flags: number }): object => ({ for: ACCESS[flags & 3] });
const attribute = ({ name }: { name: string }): object => ({ attribute: name });

const details: Partial<Record<Opcode, Detail>> = {
  [Opcode.OPEN]: access,
  [Opcode.CREATE]: access,
  [Opcode.TMPFILE]: access,
  [Opcode.READ]: data,
  [Opcode.WRITE]: data,
  [Opcode.FALLOCATE]: data,
  [Opcode.GETXATTR]: attribute,
  [Opcode.SETXATTR]: attribute,
  [Opcode.REMOVEXATTR]: attribute,
  [Opcode.SYMLINK]: ({ target }: r.SymlinkRequest) => ({ target }),
  [Opcode.SETATTR]: ({ valid }: r.SetattrRequest) => ({ sets: Object.entries(SETS).filter(([, bit]) => valid & bit).map(([name]) => name) }),
};

export function detailOf(opcode: Opcode): Detail | undefined {
  return details[opcode];
}
