import { LK_FLOCK } from '../../../core/protocol/flags.js';
import { FileLock, LkIn } from '../../../core/protocol/structs.js';
import { LOCK, type LockRange } from '../posix.js';
import { struct } from './connection.js';

const types = ['read', 'write', 'unlock'] as const;
/** OFFSET_MAX of the kernel: to the end of the file. */
const END = 0x7fff_ffff_ffff_ffffn;
/** Who holds traditional locks: this process. Open file descriptions have their own. */
export const PROCESS = 1n;

/** `struct fuse_lk_in`. */
export function lockRequest(handle: bigint, owner: bigint, { type, start, length }: LockRange, flags = 0): Buffer {
  const end = length === 0 ? END : BigInt(start + length - 1);
  return struct(LkIn.size_, {
    [LkIn.fh]: handle, [LkIn.owner]: owner, [LkIn.lk + FileLock.start]: BigInt(start), [LkIn.lk + FileLock.end]: end,
    [LkIn.lk + FileLock.type]: types.indexOf(type), [LkIn.lk + FileLock.pid]: process.pid, [LkIn.lk_flags]: flags,
  });
}

/** flock(2) as a request for the whole file. */
export function flockRequest(handle: bigint, owner: bigint, operation: number): Buffer {
  const type = operation & LOCK.UN ? 'unlock' : operation & LOCK.EX ? 'write' : 'read';
  return lockRequest(handle, owner, { type, start: 0, length: 0 }, LK_FLOCK);
}

/** `struct fuse_lk_out`. */
export function lockReply(reply: Buffer): LockRange {
  const start = reply.readBigUInt64LE(FileLock.start);
  const end = reply.readBigUInt64LE(FileLock.end);
  const type = types[reply.readUInt32LE(FileLock.type)];
  if (type === undefined) throw new Error('GETLK: a lock of no type');
  return { type, start: Number(start), length: end === END ? 0 : Number(end - start + 1n) };
}
