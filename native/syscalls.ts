import { constants } from 'node:fs';

/**
 * System calls that Node lacks, or that need an fd where Node takes a path. All return a number >= 0 or a negative errno;
 * see the man page of the same name. They are synchronous, on the calling thread, but for those named `…Async`: these run
 * on the thread pool with a duplicate of the fd, which may be closed meanwhile, and their promises are never rejected.
 *
 * Names and results stand in the slab: `name`, `target` are byte offsets of NUL-terminated bytes, `at` of a result. A
 * `name` is one path component, never empty, "." or ".." (-EINVAL): nothing leads out of the directory it is used on.
 * Name 0 means the file that the fd itself refers to. fds may be O_PATH fds where nothing else is said.
 */
export interface Syscalls {
  /** statx(2) of a directory's entry, not following it: `fuse_attr` goes to `attr`, 48 bytes laid out as {@link Identity} to `identity`. */
  lookup(dirfd: number, name: number, attr: number, identity: number): number;
  /** statx(2) of an open file: `fuse_statx`, 256 bytes, at `at`. */
  statx(fd: number, mask: number, at: number): number;
  /** faccessat2(2) of an open file, for the thread's fsuid and fsgid; `mask` of R_OK 4, W_OK 2, X_OK 1. */
  access(fd: number, mask: number): number;
  /** fstatfs(2): `fuse_kstatfs`, 80 bytes, at `at`. */
  fstatfs(fd: number, at: number): number;
  /** `f_type` of statfs(2), without sign. */
  fileSystemType(fd: number): number;

  /** openat2(2), always O_CLOEXEC. `path` may have several components and be absolute; 0 is ".". */
  openat2(dirfd: number, path: number, flags: number, mode: number, resolve: number): number;
  /** Opens the file of an fd anew, with other flags, through /proc/self/fd. */
  reopen(fd: number, flags: number): number;
  /** name_to_handle_at(2): `struct file_handle` (8 + at most 128 bytes) at `at`; returns the mount id. */
  nameToHandle(dirfd: number, name: number, at: number): number;
  /** open_by_handle_at(2), always O_CLOEXEC; `mountFd` must not be an O_PATH fd. */
  openByHandle(mountFd: number, at: number, flags: number): number;
  close(fd: number): number;
  /** Raises the soft RLIMIT_NOFILE to the hard one; returns the limit that now holds. */
  raiseFileLimit(): number;

  mkdirat(dirfd: number, name: number, mode: number): number;
  /** `rdev` in the kernel's new_encode_dev form, as FUSE carries it. */
  mknodat(dirfd: number, name: number, mode: number, rdev: number): number;
  symlinkat(target: number, dirfd: number, name: number): number;
  /** linkat(2) from an fd, even of a symlink or an O_TMPFILE. */
  linkat(fd: number, dirfd: number, name: number): number;
  unlinkat(dirfd: number, name: number, flags: number): number;
  renameat2(dirfd: number, name: number, newDirfd: number, newName: number, flags: number): number;
  /** Returns the length; no NUL is added. */
  readlinkat(dirfd: number, name: number, at: number, size: number): number;

  fchmod(fd: number, mode: number): number;
  /** `uid` or `gid` -1 stays as it is. */
  fchown(fd: number, uid: number, gid: number): number;
  /** Seconds are 64 bits wide, nanoseconds may be {@link UTIME_NOW} or {@link UTIME_OMIT}. */
  utimens(fd: number, atime: number, atimensec: number, mtime: number, mtimensec: number): number;
  truncate(fd: number, size: number): number;
  /** fsync(2), or fdatasync(2) when `dataOnly` is not 0. */
  fsync(fd: number, dataOnly: number): number;
  syncfs(fd: number): number;
  fallocate(fd: number, mode: number, offset: number, length: number): number;
  fsyncAsync(fd: number, dataOnly: number): Promise<number>;
  syncfsAsync(fd: number): Promise<number>;
  fallocateAsync(fd: number, mode: number, offset: number, length: number): Promise<number>;
  /** close(2) of a duplicate, which tells what could not be written. */
  flushAsync(fd: number): Promise<number>;
  lseek(fd: number, offset: number, whence: number): number;
  copyFileRange(fd: number, offset: number, toFd: number, toOffset: number, length: number, flags: number): number;
  copyFileRangeAsync(fd: number, offset: number, toFd: number, toOffset: number, length: number, flags: number): Promise<number>;

  /** Size 0 asks for the length. */
  getxattr(fd: number, name: number, at: number, size: number): number;
  setxattr(fd: number, name: number, value: number, size: number, flags: number): number;
  listxattr(fd: number, at: number, size: number): number;
  removexattr(fd: number, name: number): number;

  /** flock(2), never waiting: -EAGAIN instead. */
  flock(fd: number, operation: number): number;
  /** F_OFD_SETLK, or F_OFD_GETLK when `get` is not 0, of the `fuse_file_lock` at `at`; never waiting. */
  ofdLock(fd: number, get: number, at: number): number;
  /** FS_IOC_GETFLAGS, SETFLAGS, FSGETXATTR and FSSETXATTR only, -ENOTTY otherwise; not for O_PATH fds. */
  ioctl(fd: number, request: number, at: number): number;
  /** getdents64(2) of `size` bytes; `cookie` is the offset in the slab of the u64 to seek to first, 0 goes on from where it is. */
  getdents(fd: number, cookie: number, at: number, size: number): number;

  /**
   * Lets what this thread creates from here to `credentialsLeave` belong to a caller: fsuid, fsgid, one supplementary
   * group (-1: none), umask (-1: stays). CAP_DAC_OVERRIDE is kept, since access has been judged. Does nothing but the
   * umask for the thread's own ids and when the process is not root. -EPERM when the id does not exist in this user
   * namespace; nothing is changed then. The first umask parts the thread's umask and working directory from the process's.
   */
  credentialsEnter(uid: number, gid: number, group: number, umask: number): number;
  /**
   * The same with the supplementary groups of the process `pid`, and without CAP_DAC_OVERRIDE: the host's kernel judges what
   * is done from here to `credentialsLeave` as if the caller did it.
   */
  credentialsBecome(uid: number, gid: number, pid: number, umask: number): number;
  credentialsLeave(): number;
}

/** Byte offsets of what `lookup` tells apart files by. Mirrors `Identity` in native/src/sys_attr.cc. */
export const enum Identity {
  ino = 0,
  devMajor = 8,
  devMinor = 12,
  /** u64: the id of the mount; unique for the system's life where the kernel has such ids (Linux 6.8). */
  mount = 16,
  /** s64, and u32 nanoseconds: zero where the file system keeps no birth time. */
  btime = 24,
  btimensec = 32,
  mode = 36,
  /** `stx_mask`: which fields the file system filled. */
  mask = 40,
  /** The low word of `stx_attributes`. */
  attributes = 44,
  SIZE = 48,
}

/** Byte offsets in `struct linux_dirent64`, getdents64(2). */
export const enum DirectoryRecord {
  ino = 0,
  off = 8,
  reclen = 16,
  type = 18,
  name = 19,
}

/** Bytes of the largest `struct file_handle`: u32 length, s32 type, and 128 opaque bytes. */
export const HANDLE_SIZE = 136;

/** `stx_attributes`: the root of a mount. */
export const STATX_ATTR_MOUNT_ROOT = 0x2000;

export const AT_FDCWD = -100;
export const AT_REMOVEDIR = 0x200;

/** Open flags that `node:fs` does not name. O_PATH is the same number on every architecture that Node runs on. */
export const O_PATH = 0o10000000;
export const O_TMPFILE = 0o20000000 | constants.O_DIRECTORY;

export const enum Resolve {
  NO_XDEV = 1,
  NO_MAGICLINKS = 2,
  NO_SYMLINKS = 4,
  BENEATH = 8,
  IN_ROOT = 16,
}

export const UTIME_NOW = 0x3fffffff;
export const UTIME_OMIT = 0x3ffffffe;
