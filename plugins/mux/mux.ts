import { FileSystem, Handles, Logger, Nodes, Options, Parts } from '../../core/filesystem/decorators.js';
import { Errno } from '../../core/filesystem/errno.js';
import type { NodeTable } from '../../core/filesystem/nodes.js';
import type * as r from '../../core/filesystem/requests/index.js';
import { Done, type Result } from '../../core/filesystem/result.js';
import type { FileSystemStatistics } from '../../core/filesystem/statistics.js';
import type { Log } from '../../core/log.js';
import type { PartBuilder } from '../../core/parts.js';
import { NAME_MAX, ROOT_NODE } from '../../core/protocol/flags.js';
import { Opcode } from '../../core/protocol/opcode.js';
import { access, getattr, setattr, statx } from './attributes.js';
import { readdir, readdirplus } from './directory.js';
import { copyFileRange, lseek, open, opendir, release, syncfs, write } from './files.js';
import { create, link, lookup, make, remove, rename, symlink, tmpfile } from './names.js';
import { muxOptions, type MuxOptions } from './options.js';
import { pass, passOpen } from './pass.js';
import { Tree } from './tree.js';
import { getxattr, listxattr, removexattr, setxattr } from './xattr.js';

const EMPTY: FileSystemStatistics = { blocks: 0, bfree: 0, bavail: 0, files: 0, ffree: 0, bsize: 4096, frsize: 4096, namelen: NAME_MAX };

/**
 * File systems as directories of one root, which come and go while it is served. Each is a file system of its own to a
 * kernel that agreed to SUBMOUNTS, and a rename or link from one to another is refused everywhere (EXDEV). Requests are
 * passed on as they are; where a share lacks a handler the mux answers so that the kernel goes on asking for the others.
 */
@FileSystem({
  name: 'mux', options: muxOptions, description: 'a tree of file systems, which come and go while it is served',
  killsPrivileges: true, posixAcl: true, announcesSubmounts: true, checksAccess: true,
})
export class Mux {
  readonly shares: Tree;

  constructor(@Options() private readonly options: MuxOptions, @Parts() parts: PartBuilder, @Nodes() nodes: NodeTable, @Logger() log: Log) {
    this.shares = new Tree(nodes, parts, options.announced, log);
  }

  start(): Promise<void> {
    return this.shares.start(this.options.shares);
  }
  stop(): Promise<void> {
    return this.shares.stop();
  }

  @Handles(Opcode.LOOKUP) lookup(request: r.LookupRequest) { return lookup(this.shares, request); }
  @Handles(Opcode.FORGET) forget(node: number) { this.shares.numbers.forget(node); }

  @Handles(Opcode.GETATTR) getattr(request: r.GetattrRequest) { return getattr(this.shares, request); }
  @Handles(Opcode.SETATTR) setattr(request: r.SetattrRequest) { return setattr(this.shares, request); }
  @Handles(Opcode.STATX) statx(request: r.StatxRequest) { return statx(this.shares, request); }

  @Handles(Opcode.MKDIR) mkdir(request: r.MkdirRequest) { return make(this.shares, Opcode.MKDIR, request); }
  @Handles(Opcode.MKNOD) mknod(request: r.MknodRequest) { return make(this.shares, Opcode.MKNOD, request); }
  @Handles(Opcode.SYMLINK) symlink(request: r.SymlinkRequest) { return symlink(this.shares, request); }
  @Handles(Opcode.LINK) link(request: r.LinkRequest) { return link(this.shares, request); }
  @Handles(Opcode.CREATE) create(request: r.CreateRequest) { return create(this.shares, request); }
  @Handles(Opcode.TMPFILE) tmpfile(request: r.TmpfileRequest) { return tmpfile(this.shares, request); }
  @Handles(Opcode.UNLINK) unlink(request: r.RemoveRequest) { return remove(this.shares, Opcode.UNLINK, request); }
  @Handles(Opcode.RMDIR) rmdir(request: r.RemoveRequest) { return remove(this.shares, Opcode.RMDIR, request); }
  @Handles(Opcode.RENAME2) rename(request: r.RenameRequest) { return rename(this.shares, request); }

  @Handles(Opcode.OPEN) open(request: r.OpenRequest) { return open(this.shares, request); }
  @Handles(Opcode.RELEASE) release(request: r.Release) { return release(this.shares, Opcode.RELEASE, request); }
  @Handles(Opcode.READ) read(request: r.ReadRequest) { return passOpen<Uint8Array>(this.shares.numbers, Opcode.READ, request, Errno.EIO); }
  @Handles(Opcode.WRITE) write(request: r.WriteRequest) { return write(this.shares, request); }
  @Handles(Opcode.FSYNC) fsync(request: r.FsyncRequest): Result { return passOpen(this.shares.numbers, Opcode.FSYNC, request, Done); }
  @Handles(Opcode.FLUSH) flush(request: r.FlushRequest): Result { return passOpen(this.shares.numbers, Opcode.FLUSH, request, Done); }
  @Handles(Opcode.FALLOCATE) fallocate(request: r.FallocateRequest): Result { return passOpen(this.shares.numbers, Opcode.FALLOCATE, request, Errno.EOPNOTSUPP); }
  @Handles(Opcode.LSEEK) lseek(request: r.LseekRequest) { return lseek(this.shares, request); }
  @Handles(Opcode.COPY_FILE_RANGE) copyFileRange(request: r.CopyFileRangeRequest) { return copyFileRange(this.shares, request); }
  @Handles(Opcode.IOCTL) ioctl(request: r.IoctlRequest): Result<r.IoctlReply> {
    return request.node === ROOT_NODE ? Errno.ENOTTY : passOpen<r.IoctlReply>(this.shares.numbers, Opcode.IOCTL, request, Errno.ENOTTY);
  }

  @Handles(Opcode.OPENDIR) opendir(request: r.OpendirRequest) { return opendir(this.shares, request); }
  @Handles(Opcode.READDIR) readdir(request: r.ReaddirRequest) { return readdir(this.shares, request); }
  @Handles(Opcode.READDIRPLUS) readdirplus(request: r.ReaddirplusRequest) { return readdirplus(this.shares, request); }
  @Handles(Opcode.RELEASEDIR) releasedir(request: r.Release) { return release(this.shares, Opcode.RELEASEDIR, request); }
  @Handles(Opcode.FSYNCDIR) fsyncdir(request: r.FsyncdirRequest): Result {
    return request.node === ROOT_NODE ? Done : passOpen(this.shares.numbers, Opcode.FSYNCDIR, request, Done);
  }

  @Handles(Opcode.GETXATTR) getxattr(request: r.GetxattrRequest) { return getxattr(this.shares, request); }
  @Handles(Opcode.SETXATTR) setxattr(request: r.SetxattrRequest) { return setxattr(this.shares, request); }
  @Handles(Opcode.LISTXATTR) listxattr(request: r.ListxattrRequest) { return listxattr(this.shares, request); }
  @Handles(Opcode.REMOVEXATTR) removexattr(request: r.RemovexattrRequest) { return removexattr(this.shares, request); }

  @Handles(Opcode.READLINK) readlink(request: r.ReadlinkRequest): Result<string | Uint8Array> {
    return request.node === ROOT_NODE ? Errno.EINVAL : pass<string | Uint8Array>(this.shares.numbers, Opcode.READLINK, request, Errno.EINVAL);
  }
  @Handles(Opcode.ACCESS) access(request: r.AccessRequest) { return access(this.shares, request); }
  @Handles(Opcode.STATFS) statfs(request: r.StatfsRequest): Result<FileSystemStatistics> {
    return request.node === ROOT_NODE ? EMPTY : pass<FileSystemStatistics>(this.shares.numbers, Opcode.STATFS, request, EMPTY);
  }
  @Handles(Opcode.SYNCFS) syncfs(request: r.SyncfsRequest) { return syncfs(this.shares, request); }
}
