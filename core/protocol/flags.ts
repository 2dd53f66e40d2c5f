/** The small flag sets of the FUSE protocol, one enum per field. Source: `linux/fuse.h`. */

/** `fuse_setattr_in.valid`: which fields the caller sets. */
export const enum SetattrValid {
  MODE = 1,
  UID = 2,
  GID = 4,
  SIZE = 8,
  ATIME = 16,
  MTIME = 32,
  FH = 64,
  ATIME_NOW = 128,
  MTIME_NOW = 256,
  LOCKOWNER = 512,
  CTIME = 1024,
  KILL_SUIDGID = 2048,
}

/** `fuse_open_out.open_flags`: what the kernel may do with an open file. */
export const enum OpenFlag {
  DIRECT_IO = 1,
  KEEP_CACHE = 2,
  NONSEEKABLE = 4,
  CACHE_DIR = 8,
  STREAM = 16,
  NOFLUSH = 32,
  PARALLEL_DIRECT_WRITES = 64,
  PASSTHROUGH = 128,
}

/** `fuse_open_in.open_flags`. */
export const enum OpenInFlag {
  KILL_SUIDGID = 1,
}

/** `fuse_write_in.write_flags`. */
export const enum WriteFlag {
  CACHE = 1,
  LOCKOWNER = 2,
  KILL_SUIDGID = 4,
}

/** `fuse_release_in.release_flags`. */
export const enum ReleaseFlag {
  FLUSH = 1,
  FLOCK_UNLOCK = 2,
}

/** `fuse_attr.flags`. */
export const enum AttrFlag {
  SUBMOUNT = 1,
  DAX = 2,
}

export const GETATTR_FH = 1;
export const READ_LOCKOWNER = 2;
export const LK_FLOCK = 1;
export const FSYNC_FDATASYNC = 1;
export const SETXATTR_ACL_KILL_SGID = 1;
/** `fuse_ext_header.type` of `struct fuse_supp_groups` (`enum fuse_ext_type`). */
export const EXT_GROUPS = 32;

/** renameat2(2) flags, `fuse_rename2_in.flags`. */
export const enum RenameFlag {
  NOREPLACE = 1,
  EXCHANGE = 2,
  WHITEOUT = 4,
}

/** Codes of unsolicited messages, sent as a positive `error` with `unique` 0. */
export const enum Notify {
  POLL = 1,
  INVAL_INODE = 2,
  INVAL_ENTRY = 3,
  STORE = 4,
  RETRIEVE = 5,
  DELETE = 6,
  RESEND = 7,
  INC_EPOCH = 8,
  PRUNE = 9,
}

export const FUSE_MAJOR = 7;
/** The highest minor this server speaks. */
export const FUSE_MINOR = 45;
/** The lowest minor it accepts: 7.23 (Linux 3.15) is the first with the 64-byte INIT reply. */
export const FUSE_MINOR_LEAST = 23;
/** Node id of the root directory of every mount. */
export const ROOT_NODE = 1;
/** Names are at most this many bytes (NAME_MAX). */
export const NAME_MAX = 255;
/** Symbolic link targets are at most this many bytes without the NUL (PATH_MAX - 1). */
export const PATH_MAX = 4095;
