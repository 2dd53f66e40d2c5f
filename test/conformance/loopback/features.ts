import { FUSE_MAJOR, FUSE_MINOR } from '../../../core/protocol/flags.js';
import { InitFlag } from '../../../core/protocol/init-flag.js';
import { Opcode } from '../../../core/protocol/opcode.js';
import { InitIn, InitOut } from '../../../core/protocol/structs.js';
import { type Connection, struct } from './connection.js';

/** What was agreed upon that changes which requests are sent. */
export interface Features {
  /** O_TRUNC is the file system's business. */
  readonly atomicTruncate: boolean;
  /** So is the umask. */
  readonly umask: boolean;
  readonly setxattrExt: boolean;
  readonly readdirplus: boolean;
  /** Bytes of one WRITE. */
  readonly maxWrite: number;
}

/** INIT as the newest Linux sends it, every flag offered. */
export async function agree(connection: Connection): Promise<Features> {
  const reply = await connection.request(Opcode.INIT, 0n, struct(InitIn.size_, {
    [InitIn.major]: FUSE_MAJOR, [InitIn.minor]: FUSE_MINOR, [InitIn.max_readahead]: 1 << 20, [InitIn.flags]: 0xffff_ffff, [InitIn.flags2]: 0x7ff,
  }));
  const flags = reply.readUInt32LE(InitOut.flags);
  const has = (flag: InitFlag): boolean => ((flags >>> flag) & 1) === 1;
  return {
    atomicTruncate: has(InitFlag.ATOMIC_O_TRUNC),
    umask: has(InitFlag.DONT_MASK),
    setxattrExt: has(InitFlag.SETXATTR_EXT),
    readdirplus: has(InitFlag.DO_READDIRPLUS),
    maxWrite: reply.readUInt32LE(InitOut.max_write),
  };
}
