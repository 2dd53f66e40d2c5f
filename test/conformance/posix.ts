import { constants } from 'node:fs';
import { errnoName } from '../../core/filesystem/errno.js';

/** What stat(2) tells; times in nanoseconds since 1970, `btime` 0 where there is none. */
export interface Stat {
  readonly dev: number;
  readonly ino: number;
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  /** As `makedev` gives it. */
  readonly rdev: number;
  readonly size: number;
  readonly blksize: number;
  /** Units of 512 bytes. */
  readonly blocks: number;
  readonly atime: bigint;
  readonly mtime: bigint;
  readonly ctime: bigint;
  readonly btime: bigint;
}

/** One entry of getdents64(2): `offset` is the position behind it, `type` a `DT` value. */
export interface DirectoryEntry {
  readonly name: string;
  readonly ino: number;
  readonly offset: bigint;
  readonly type: number;
}

/** What statfs(2) tells; sizes in blocks of `bsize`. */
export interface Statfs {
  readonly bsize: number;
  readonly blocks: number;
  readonly bfree: number;
  readonly bavail: number;
  readonly files: number;
  readonly ffree: number;
  readonly namelen: number;
}

/** A time for utimensat(2): nanoseconds since 1970, or what the man page has as UTIME_NOW and UTIME_OMIT. */
export type Time = bigint | 'now' | 'omit';

/** Who makes the calls: user, group and supplementary groups. */
export interface User {
  readonly uid: number;
  readonly gid: number;
  readonly groups?: readonly number[];
}

/** A byte range of fcntl(2): `length` 0 means to the end of the file. */
export interface LockRange {
  readonly type: 'read' | 'write' | 'unlock';
  readonly start: number;
  readonly length: number;
}

/** A stretch of a file in memory, mmap(2). Touching a page beyond the file's end fails with EFAULT instead of SIGBUS. */
export interface Mapping {
  read(at: number, length: number): Promise<Uint8Array>;
  write(at: number, data: string | Uint8Array): Promise<void>;
  /** msync(MS_SYNC) of the whole mapping. */
  sync(): Promise<void>;
  unmap(): Promise<void>;
}

/** What another process does: try or wait for a lock, append or write at the shared position, or stay as it is until a signal. */
export type Step =
  | { readonly fd: number; readonly flock: number }
  | { readonly fd: number; readonly range: LockRange; readonly ofd?: boolean; readonly wait?: boolean }
  | { readonly fd: number; readonly write: string }
  | 'hold';

/** A process that shares the open files of this one, fork(2), and takes its steps until one fails. */
export interface Process {
  /** Whether its last step came to wait for something; false when it ended instead. */
  asleep(): Promise<boolean>;
  /** How it ended: `''` after its last step, the errno of the step that failed, or `signal N`. */
  ended(): Promise<string>;
  /** kill(2). SIGUSR1 only interrupts the call it is in. */
  signal(number: number): Promise<void>;
  /** Ends it in any case. */
  end(): Promise<void>;
}

/**
 * The system calls that behaviours are written in, by the names of their man pages. Paths are relative to a directory of
 * the behaviour's own; each byte of a name that is not UTF-8 is the lone surrogate U+DC00 + byte. Every call fails with a
 * `PosixError`.
 */
export interface Posix {
  open(path: string, flags: number, mode?: number): Promise<number>;
  close(fd: number): Promise<void>;
  read(fd: number, length: number): Promise<Uint8Array>;
  write(fd: number, data: string | Uint8Array): Promise<number>;
  pread(fd: number, length: number, offset: number): Promise<Uint8Array>;
  pwrite(fd: number, data: string | Uint8Array, offset: number): Promise<number>;
  /** Positions in directories are whole 64-bit numbers. */
  /** Into buffers of these lengths. */
  preadv(fd: number, lengths: readonly number[], offset: number): Promise<Uint8Array[]>;
  /** pwritev2(2): an `offset` of -1 is the position; `flags` are `RWF`. */
  pwritev(fd: number, parts: readonly string[], offset: number, flags?: number): Promise<number>;
  lseek(fd: number, offset: number | bigint, whence: number): Promise<number>;
  truncate(path: string, size: number): Promise<void>;
  ftruncate(fd: number, size: number): Promise<void>;
  fsync(fd: number): Promise<void>;
  fdatasync(fd: number): Promise<void>;
  syncfs(fd: number): Promise<void>;
  fallocate(fd: number, mode: number, offset: number, length: number): Promise<void>;
  copyFileRange(from: number, fromOffset: number, to: number, toOffset: number, length: number): Promise<number>;
  getdents(fd: number, size?: number): Promise<DirectoryEntry[]>;

  stat(path: string): Promise<Stat>;
  lstat(path: string): Promise<Stat>;
  fstat(fd: number): Promise<Stat>;
  statfs(path: string): Promise<Statfs>;
  access(path: string, mode: number): Promise<void>;
  chmod(path: string, mode: number): Promise<void>;
  fchmod(fd: number, mode: number): Promise<void>;
  /** lchown(2); an id of -1 stays. */
  chown(path: string, uid: number, gid: number): Promise<void>;
  fchown(fd: number, uid: number, gid: number): Promise<void>;
  /** Follows no symbolic link. */
  utimens(path: string, atime: Time, mtime: Time): Promise<void>;
  futimens(fd: number, atime: Time, mtime: Time): Promise<void>;

  mkdir(path: string, mode?: number): Promise<void>;
  rmdir(path: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** renameat2(2). */
  rename(from: string, to: string, flags?: number): Promise<void>;
  link(from: string, to: string): Promise<void>;
  /** linkat(2) of /proc/self/fd/FD: gives an O_TMPFILE its name. */
  linkFd(fd: number, to: string): Promise<void>;
  symlink(target: string, path: string): Promise<void>;
  readlink(path: string): Promise<string>;
  mknod(path: string, mode: number, rdev?: number): Promise<void>;
  umask(mask: number): Promise<number>;

  /** The xattr calls follow no symbolic link. */
  getxattr(path: string, name: string): Promise<Uint8Array>;
  /** With a buffer of `size` bytes; 0 asks for the size. Returns the size. */
  getxattrSize(path: string, name: string, size: number): Promise<number>;
  setxattr(path: string, name: string, value: string | Uint8Array, flags?: number): Promise<void>;
  listxattr(path: string): Promise<string[]>;
  listxattrSize(path: string, size: number): Promise<number>;
  removexattr(path: string, name: string): Promise<void>;

  /** Only through a kernel: a behaviour that calls these says so. */
  chdir(path: string): Promise<void>;
  getcwd(): Promise<string>;
  dup(fd: number): Promise<number>;
  flock(fd: number, operation: number): Promise<void>;
  /** F_SETLK, or F_OFD_SETLK. */
  setLock(fd: number, range: LockRange, ofd?: boolean): Promise<void>;
  /** F_GETLK, or F_OFD_GETLK: the lock in the way. */
  getLock(fd: number, range: LockRange, ofd?: boolean): Promise<LockRange>;
  /** From the offset, which moves no position. */
  sendfile(to: number, from: number, offset: number, length: number): Promise<number>;
  /** Another process; it is ended with the behaviour at the latest. */
  spawn(...steps: Step[]): Promise<Process>;
  mmap(fd: number, length: number, protection: number, flags: number): Promise<Mapping>;
  /** Makes the calls that follow as somebody else, until `actAs()`. */
  actAs(user?: User): Promise<void>;
}

/** A call that failed, with the name of its errno as `code`. */
export class PosixError extends Error {
  readonly code: string;

  constructor(readonly errno: number, call: string) {
    super(`${call}: ${errnoName(errno)}`);
    this.code = errnoName(errno);
  }
}

/** open(2), access(2) and mode flags. What Node does not name is the same number on every architecture that it runs on. */
export const O = { ...constants, O_TMPFILE: 0o20000000 | constants.O_DIRECTORY, O_PATH: 0o10000000, O_ACCMODE: 3, O_CLOEXEC: 0o2000000 };

export const SEEK = { SET: 0, CUR: 1, END: 2, DATA: 3, HOLE: 4 } as const;
export const RENAME = { NOREPLACE: 1, EXCHANGE: 2, WHITEOUT: 4 } as const;
export const FALLOC = { KEEP_SIZE: 1, PUNCH_HOLE: 2, COLLAPSE_RANGE: 8, ZERO_RANGE: 16, INSERT_RANGE: 32 } as const;
export const RWF = { DSYNC: 2, SYNC: 4, APPEND: 16 } as const;
export const XATTR = { CREATE: 1, REPLACE: 2 } as const;
export const LOCK = { SH: 1, EX: 2, NB: 4, UN: 8 } as const;
export const DT = { FIFO: 1, CHR: 2, DIR: 4, BLK: 6, REG: 8, LNK: 10, SOCK: 12 } as const;
export const PROT = { READ: 1, WRITE: 2 } as const;
export const MAP = { SHARED: 1, PRIVATE: 2 } as const;

/** A device number as FUSE and the kernel carry it, new_encode_dev(): 12 bits of major, 20 of minor. */
export function makedev(major: number, minor: number): number {
  return ((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0;
}
