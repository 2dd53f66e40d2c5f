import type { Opcode } from '../protocol/opcode.js';
import type { Attributes } from './attributes.js';
import type { Created, Entry, Opened } from './entry.js';
import type * as r from './requests/index.js';
import type { Result } from './result.js';
import type { ExtendedAttributes } from './statx.js';
import type { FileSystemStatistics } from './statistics.js';

/**
 * The signature of each opcode's handler, and what happens when a plugin has none. Where nothing is said, the caller
 * gets ENOSYS ("Function not implemented").
 */
export interface Handlers {
  /** Without it nothing but the root can be reached. */
  [Opcode.LOOKUP](request: r.LookupRequest): Result<Entry>;
  /** The last reference to `node` is gone in every session; nothing is answered. Absent: nodes live for ever. */
  [Opcode.FORGET](node: number): void;
  [Opcode.GETATTR](request: r.GetattrRequest): Result<Attributes>;
  /** Absent: chmod, chown, truncate and utimensat fail with ENOSYS. */
  [Opcode.SETATTR](request: r.SetattrRequest): Result<Attributes>;
  [Opcode.READLINK](request: r.ReadlinkRequest): Result<string | Uint8Array>;
  [Opcode.SYMLINK](request: r.SymlinkRequest): Result<Entry>;
  [Opcode.MKNOD](request: r.MknodRequest): Result<Entry>;
  [Opcode.MKDIR](request: r.MkdirRequest): Result<Entry>;
  [Opcode.UNLINK](request: r.RemoveRequest): Result;
  [Opcode.RMDIR](request: r.RemoveRequest): Result;
  [Opcode.LINK](request: r.LinkRequest): Result<Entry>;
  /** Absent: every file opens, the kernel stops asking, and requests carry `NO_HANDLE`. */
  [Opcode.OPEN](request: r.OpenRequest): Result<Opened>;
  [Opcode.READ](request: r.ReadRequest): Result<Uint8Array>;
  [Opcode.WRITE](request: r.WriteRequest): Result<number>;
  /** Absent: an empty file system with names up to 255 bytes. */
  [Opcode.STATFS](request: r.StatfsRequest): Result<FileSystemStatistics>;
  /** Answered whatever it returns. At the end of a session it is called for every file left open. Absent: nothing to do. */
  [Opcode.RELEASE](request: r.Release): Result;
  /** Absent: fsync(2) succeeds, and the kernel stops asking. */
  [Opcode.FSYNC](request: r.FsyncRequest): Result;
  /** Absent: setxattr(2) fails with EOPNOTSUPP, and the kernel stops asking. */
  [Opcode.SETXATTR](request: r.SetxattrRequest): Result;
  /** Absent: as SETXATTR. */
  [Opcode.GETXATTR](request: r.GetxattrRequest): Result<Uint8Array>;
  /** Absent: as SETXATTR. */
  [Opcode.LISTXATTR](request: r.ListxattrRequest): Result<readonly string[]>;
  /** Absent: as SETXATTR. */
  [Opcode.REMOVEXATTR](request: r.RemovexattrRequest): Result;
  /** Absent: close(2) succeeds, and the kernel stops asking. */
  [Opcode.FLUSH](request: r.FlushRequest): Result;
  /** Absent: every directory opens, and the kernel stops asking. */
  [Opcode.OPENDIR](request: r.OpendirRequest): Result<Opened>;
  [Opcode.READDIR](request: r.ReaddirRequest): Result;
  /** As RELEASE, for directories. */
  [Opcode.RELEASEDIR](request: r.Release): Result;
  /** Absent: fsync(2) of a directory succeeds, and the kernel stops asking. */
  [Opcode.FSYNCDIR](request: r.FsyncdirRequest): Result;
  /** Absent: the mount keeps locks, for all guests together, or each guest's kernel its own; the config's `locks` says which. */
  [Opcode.GETLK](request: r.LockRequest): Result<r.FileLockRange>;
  [Opcode.SETLK](request: r.LockRequest): Result;
  [Opcode.SETLKW](request: r.LockRequest): Result;
  /** Absent: access(2) succeeds, and the kernel stops asking. */
  [Opcode.ACCESS](request: r.AccessRequest): Result;
  /** Absent: the kernel uses MKNOD and OPEN. */
  [Opcode.CREATE](request: r.CreateRequest): Result<Created>;
  /** Absent: FIBMAP fails, which is right for all but block devices. */
  [Opcode.BMAP](request: r.BmapRequest): Result<number>;
  /** The session has ended; nodes and handles are gone already. Absent: nothing to do. */
  [Opcode.DESTROY](): void;
  /** Absent: ioctl(2) fails with ENOTTY. */
  [Opcode.IOCTL](request: r.IoctlRequest): Result<r.IoctlReply>;
  /** Absent: every file is always ready. */
  [Opcode.POLL](request: r.PollRequest): Result<number>;
  /** Absent: fallocate(2) fails with EOPNOTSUPP, and the kernel stops asking. */
  [Opcode.FALLOCATE](request: r.FallocateRequest): Result;
  /** Absent: the kernel lists with READDIR and looks each name up. */
  [Opcode.READDIRPLUS](request: r.ReaddirplusRequest): Result;
  /** RENAME comes here too. */
  [Opcode.RENAME2](request: r.RenameRequest): Result;
  /** Absent: the whole file is data. */
  [Opcode.LSEEK](request: r.LseekRequest): Result<number>;
  /** COPY_FILE_RANGE_64 comes here too. Absent: the kernel reads and writes. */
  [Opcode.COPY_FILE_RANGE](request: r.CopyFileRangeRequest): Result<number>;
  /** Only with a DAX window. */
  [Opcode.SETUPMAPPING](request: r.SetupmappingRequest): Result;
  [Opcode.REMOVEMAPPING](request: r.RemovemappingRequest): Result;
  /** Absent: syncfs(2) and sync(2) write back dirty pages, and the kernel stops asking. */
  [Opcode.SYNCFS](request: r.SyncfsRequest): Result;
  /** Absent: O_TMPFILE fails with EOPNOTSUPP, and the kernel stops asking. */
  [Opcode.TMPFILE](request: r.TmpfileRequest): Result<Created>;
  /** Absent: the kernel uses GETATTR; files have no birth time. */
  [Opcode.STATX](request: r.StatxRequest): Result<ExtendedAttributes>;
}

/** The opcodes a plugin may handle. INIT, INTERRUPT, BATCH_FORGET and the plain forms of RENAME2 are the session's. */
export type HandledOpcode = keyof Handlers & Opcode;

/** The handler of one opcode. */
export type Handler<O extends HandledOpcode> = Handlers[O];
