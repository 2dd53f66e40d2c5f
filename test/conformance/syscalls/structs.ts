import { nameText } from '../../../core/protocol/names.js';
import { type DirectoryEntry, type LockRange, makedev, type Stat, type Statfs, type Time } from '../posix.js';

/** `struct statx`, 256 bytes, on every architecture. */
export function stat(bytes: Buffer): Stat {
  const time = (at: number) => bytes.readBigInt64LE(at) * 1_000_000_000n + BigInt(bytes.readUInt32LE(at + 8));
  const wide = (at: number) => Number(bytes.readBigUInt64LE(at));
  return {
    dev: makedev(bytes.readUInt32LE(136), bytes.readUInt32LE(140)),
    ino: wide(32),
    mode: bytes.readUInt16LE(28),
    nlink: bytes.readUInt32LE(16),
    uid: bytes.readUInt32LE(20),
    gid: bytes.readUInt32LE(24),
    rdev: makedev(bytes.readUInt32LE(128), bytes.readUInt32LE(132)),
    size: wide(40),
    blksize: bytes.readUInt32LE(4),
    blocks: wide(48),
    atime: time(64),
    btime: time(80),
    ctime: time(96),
    mtime: time(112),
  };
}

/** `struct statfs` of 64-bit systems. */
export function statfs(bytes: Buffer): Statfs {
  const word = (index: number) => Number(bytes.readBigUInt64LE(index * 8));
  return { bsize: word(1), blocks: word(2), bfree: word(3), bavail: word(4), files: word(5), ffree: word(6), namelen: word(8) };
}

/** The `struct linux_dirent64` of one getdents64(2). */
export function entries(bytes: Buffer): DirectoryEntry[] {
  const list: DirectoryEntry[] = [];
  for (let at = 0; at < bytes.length; at += bytes.readUInt16LE(at + 16)) {
    const end = bytes.indexOf(0, at + 19);
    list.push({
      name: nameText(bytes.subarray(at + 19, end)),
      ino: Number(bytes.readBigUInt64LE(at)),
      offset: bytes.readBigInt64LE(at + 8),
      type: bytes[at + 18]!,
    });
  }
  return list;
}

/** Two `struct timespec`. */
export function times(...list: Time[]): Buffer {
  const bytes = Buffer.alloc(16 * list.length);
  list.forEach((time, index) => {
    const nanoseconds = time === 'now' ? 0x3fffffffn : time === 'omit' ? 0x3ffffffen : ((time % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
    bytes.writeBigInt64LE(typeof time === 'bigint' ? (time - nanoseconds) / 1_000_000_000n : 0n, index * 16);
    bytes.writeBigInt64LE(nanoseconds, index * 16 + 8);
  });
  return bytes;
}

const lockTypes = ['read', 'write', 'unlock'] as const;

/** `struct flock` of 64-bit systems. */
export function flock({ type, start, length }: LockRange): Buffer {
  const bytes = Buffer.alloc(32);
  bytes.writeInt16LE(lockTypes.indexOf(type));
  bytes.writeBigInt64LE(BigInt(start), 8);
  bytes.writeBigInt64LE(BigInt(length), 16);
  return bytes;
}

export function lockRange(bytes: Buffer): LockRange {
  return { type: lockTypes[bytes.readInt16LE()]!, start: Number(bytes.readBigInt64LE(8)), length: Number(bytes.readBigInt64LE(16)) };
}

/** One `struct iovec`. */
export function iovec(address: number, length: number): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64LE(BigInt(address));
  bytes.writeBigUInt64LE(BigInt(length), 8);
  return bytes;
}

/** An `loff_t` for the kernel to read and advance. */
export function offset(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(value));
  return bytes;
}
