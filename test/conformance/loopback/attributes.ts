import { SetattrValid } from '../../../core/protocol/flags.js';
import { Attr, Kstatfs, SetattrIn } from '../../../core/protocol/structs.js';
import type { Stat, Statfs, Time } from '../posix.js';
import { struct } from './connection.js';

const second = 1_000_000_000n;

/** `struct fuse_attr` at byte `at`; the device and the birth time are not in it. */
export function stat(bytes: Buffer, at: number, btime: bigint): Stat {
  const word = (offset: number) => bytes.readUInt32LE(at + offset);
  const wide = (offset: number) => Number(bytes.readBigUInt64LE(at + offset));
  const time = (seconds: number, nanoseconds: number) => bytes.readBigInt64LE(at + seconds) * second + BigInt(word(nanoseconds));
  return {
    dev: 0, ino: wide(Attr.ino), mode: word(Attr.mode), nlink: word(Attr.nlink), uid: word(Attr.uid), gid: word(Attr.gid), rdev: word(Attr.rdev),
    size: wide(Attr.size), blksize: word(Attr.blksize), blocks: wide(Attr.blocks),
    atime: time(Attr.atime, Attr.atimensec), mtime: time(Attr.mtime, Attr.mtimensec), ctime: time(Attr.ctime, Attr.ctimensec), btime,
  };
}

/** `struct fuse_kstatfs`. */
export function statfs(bytes: Buffer): Statfs {
  const wide = (offset: number) => Number(bytes.readBigUInt64LE(offset));
  return {
    bsize: bytes.readUInt32LE(Kstatfs.bsize), blocks: wide(Kstatfs.blocks), bfree: wide(Kstatfs.bfree), bavail: wide(Kstatfs.bavail),
    files: wide(Kstatfs.files), ffree: wide(Kstatfs.ffree), namelen: bytes.readUInt32LE(Kstatfs.namelen),
  };
}

/** `struct fuse_setattr_in` with the mode, owner or size to set. */
export function setattr({ mode, uid, gid, size, handle }: { mode?: number; uid?: number; gid?: number; size?: number; handle?: bigint }): Buffer {
  let valid = 0;
  if (mode !== undefined) valid |= SetattrValid.MODE;
  if (uid !== undefined && uid !== -1) valid |= SetattrValid.UID;
  if (gid !== undefined && gid !== -1) valid |= SetattrValid.GID;
  if (size !== undefined) valid |= SetattrValid.SIZE;
  if (handle !== undefined) valid |= SetattrValid.FH;
  return struct(SetattrIn.size_, {
    [SetattrIn.valid]: valid, [SetattrIn.fh]: handle ?? 0n, [SetattrIn.size]: BigInt(size ?? 0), [SetattrIn.mode]: mode ?? 0,
    [SetattrIn.uid]: uid ?? 0, [SetattrIn.gid]: gid ?? 0,
  });
}

/** The same with the times of utimensat(2). */
export function setTimes(atime: Time, mtime: Time): Buffer {
  let valid = 0;
  const split = (time: Time, bit: number, now: number): [bigint, number] => {
    if (time !== 'omit') valid |= bit;
    if (time === 'now') valid |= now;
    if (typeof time === 'string') return [0n, 0];
    const nanoseconds = ((time % second) + second) % second;
    return [(time - nanoseconds) / second, Number(nanoseconds)];
  };
  const [atimeSeconds, atimeRest] = split(atime, SetattrValid.ATIME, SetattrValid.ATIME_NOW);
  const [mtimeSeconds, mtimeRest] = split(mtime, SetattrValid.MTIME, SetattrValid.MTIME_NOW);
  return struct(SetattrIn.size_, {
    [SetattrIn.valid]: valid, [SetattrIn.atime]: atimeSeconds, [SetattrIn.atimensec]: atimeRest,
    [SetattrIn.mtime]: mtimeSeconds, [SetattrIn.mtimensec]: mtimeRest,
  });
}
