import { FileSystem, Handles, Logger, Nodes, Options, Parts } from '../../core/filesystem/decorators.js';
import type { NodeTable } from '../../core/filesystem/nodes.js';
import type * as r from '../../core/filesystem/requests/index.js';
import type { Log } from '../../core/log.js';
import type { PartBuilder } from '../../core/parts.js';
import { Opcode } from '../../core/protocol/opcode.js';
import { getattr, setattr, statx } from './attributes.js';
import { create, link, mkdir, mknod, symlink, tmpfile } from './create.js';
import { Changes } from './changes/changes.js';
import { copyFileRange, fallocate, flush, fsync, ioctl, lseek, read, syncfs, write } from './data.js';
import { fsyncdir, opendir, readdir, readdirplus, releasedir } from './directory.js';
import { Layer } from './layer.js';
import { lookup } from './lookup.js';
import { open, release } from './open.js';
import { overlayOptions, type OverlayOptions } from './options.js';
import { remove } from './remove.js';
import { rename } from './rename.js';
import { startUnion } from './start.js';
import { access, readlink, statfs } from './status.js';
import type { Union } from './union.js';
import { Upper } from './upper.js';
import { getxattr, listxattr, removexattr, setxattr } from './xattr.js';

/** Requests that may wait for one lower layer. */
const slots = (layers: number): number => (layers > 8 ? 2 : 4);

/**
 * File systems laid over each other: what is read comes from the topmost layer that has it, what is changed is copied into
 * the upper one first. Whiteouts, marks and work directory are those of the kernel's overlayfs, which can mount the same
 * directories. Access is the kernel's to judge (`default_permissions`).
 */
@FileSystem({ name: 'overlay', options: overlayOptions, description: 'lays file systems over each other; changes go to one of them', killsPrivileges: true, posixAcl: true, opensFiles: true })
export class Overlay {
  private readonly upper: Upper | undefined;
  private readonly lowers: readonly Layer[];
  private union!: Union;
  readonly changes: Changes;

  constructor(@Options() private readonly options: OverlayOptions, @Parts() parts: PartBuilder, @Nodes() private readonly nodes: NodeTable, @Logger() private readonly log: Log) {
    this.changes = new Changes(() => this.union, parts);
    const { upper, lower } = options;
    this.upper = upper && new Upper(parts.build(upper), options.volatile);
    this.lowers = lower.map((selection, index) => new Layer(parts.build(selection), lower.length - index, slots(lower.length)));
  }

  async start(): Promise<void> {
    this.union = await startUnion(this.options, this.upper, this.lowers, this.nodes, this.log);
  }
  stop(): void {
    for (const { client } of this.upper ? [this.upper, ...this.lowers] : this.lowers) client.close();
  }

  /** Changes come in steps, and so do opens that copy up. */
  private staged<T>(what: () => T | Promise<T>): T | Promise<T> {
    return this.union.stages.run(what);
  }

  @Handles(Opcode.LOOKUP) lookup(request: r.LookupRequest) { return lookup(this.union, request); }
  @Handles(Opcode.FORGET) forget(node: number) { this.union.forget(node); }

  @Handles(Opcode.GETATTR) getattr(request: r.GetattrRequest) { return getattr(this.union, request); }
  @Handles(Opcode.SETATTR) setattr(request: r.SetattrRequest) { return this.staged(() => setattr(this.union, request)); }
  @Handles(Opcode.STATX) statx(request: r.StatxRequest) { return statx(this.union, request); }

  @Handles(Opcode.MKDIR) mkdir(request: r.MkdirRequest) { return this.staged(() => mkdir(this.union, request)); }
  @Handles(Opcode.MKNOD) mknod(request: r.MknodRequest) { return this.staged(() => mknod(this.union, request)); }
  @Handles(Opcode.SYMLINK) symlink(request: r.SymlinkRequest) { return this.staged(() => symlink(this.union, request)); }
  @Handles(Opcode.LINK) link(request: r.LinkRequest) { return this.staged(() => link(this.union, request)); }
  @Handles(Opcode.CREATE) create(request: r.CreateRequest) { return this.staged(() => create(this.union, request)); }
  @Handles(Opcode.TMPFILE) tmpfile(request: r.TmpfileRequest) { return this.staged(() => tmpfile(this.union, request)); }
  @Handles(Opcode.UNLINK) unlink(request: r.RemoveRequest) { return this.staged(() => remove(this.union, request, false)); }
  @Handles(Opcode.RMDIR) rmdir(request: r.RemoveRequest) { return this.staged(() => remove(this.union, request, true)); }
  @Handles(Opcode.RENAME2) rename(request: r.RenameRequest) { return this.staged(() => rename(this.union, request)); }

  @Handles(Opcode.OPEN) open(request: r.OpenRequest) { return this.staged(() => open(this.union, request)); }
  @Handles(Opcode.RELEASE) release(request: r.Release) { return release(this.union, request); }
  @Handles(Opcode.READ) read(request: r.ReadRequest) { return read(this.union, request); }
  @Handles(Opcode.WRITE) write(request: r.WriteRequest) { return write(this.union, request); }
  @Handles(Opcode.FSYNC) fsync(request: r.FsyncRequest) { return fsync(this.union, request); }
  @Handles(Opcode.FLUSH) flush(request: r.FlushRequest) { return flush(this.union, request); }
  @Handles(Opcode.FALLOCATE) fallocate(request: r.FallocateRequest) { return fallocate(this.union, request); }
  @Handles(Opcode.LSEEK) lseek(request: r.LseekRequest) { return lseek(this.union, request); }
  @Handles(Opcode.COPY_FILE_RANGE) copyFileRange(request: r.CopyFileRangeRequest) { return copyFileRange(this.union, request); }
  @Handles(Opcode.IOCTL) ioctl(request: r.IoctlRequest) { return this.staged(() => ioctl(this.union, request)); }

  @Handles(Opcode.OPENDIR) opendir(request: r.OpendirRequest) { return opendir(this.union, request); }
  @Handles(Opcode.READDIR) readdir(request: r.ReaddirRequest) { return readdir(this.union, request); }
  @Handles(Opcode.READDIRPLUS) readdirplus(request: r.ReaddirplusRequest) { return readdirplus(this.union, request); }
  @Handles(Opcode.RELEASEDIR) releasedir(request: r.Release) { return releasedir(this.union, request); }
  @Handles(Opcode.FSYNCDIR) fsyncdir(request: r.FsyncdirRequest) { return fsyncdir(this.union, request); }

  @Handles(Opcode.GETXATTR) getxattr(request: r.GetxattrRequest) { return getxattr(this.union, request); }
  @Handles(Opcode.SETXATTR) setxattr(request: r.SetxattrRequest) { return this.staged(() => setxattr(this.union, request)); }
  @Handles(Opcode.LISTXATTR) listxattr(request: r.ListxattrRequest) { return listxattr(this.union, request); }
  @Handles(Opcode.REMOVEXATTR) removexattr(request: r.RemovexattrRequest) { return this.staged(() => removexattr(this.union, request)); }

  @Handles(Opcode.READLINK) readlink(request: r.ReadlinkRequest) { return readlink(this.union, request); }
  @Handles(Opcode.ACCESS) access(request: r.AccessRequest) { return access(this.union, request); }
  @Handles(Opcode.STATFS) statfs(request: r.StatfsRequest) { return statfs(this.union, request); }
  @Handles(Opcode.SYNCFS) syncfs(request: r.SyncfsRequest) { return syncfs(this.union, request); }
}
