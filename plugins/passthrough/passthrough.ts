import { type Constructor, FileSystem, handledOpcodes, Handles, Nodes, Options } from '../../core/filesystem/decorators.js';
import type { NodeTable } from '../../core/filesystem/nodes.js';
import type * as r from '../../core/filesystem/requests/index.js';
import { Opcode } from '../../core/protocol/opcode.js';
import { getattr, setattr, statx } from './attributes.js';
import { create, link, mkdir, mknod, symlink, tmpfile } from './create.js';
import { copyFileRange, fallocate, fsync, lseek, read, write } from './data.js';
import { opendir, readdir, readdirplus, releasedir } from './directory.js';
import { ioctl } from './ioctl.js';
import { lookup } from './lookup.js';
import { access, readlink, statfs, syncfs } from './node.js';
import { flush, open, release } from './open.js';
import { passthroughOptions, type PassthroughOptions } from './options.js';
import { SharePersistence } from './persistence.js';
import { remove } from './remove.js';
import { rename } from './rename.js';
import { Share } from './share.js';
import { getxattr, listxattr, removexattr, setxattr } from './xattr.js';

/**
 * A directory of this host. Nothing outside of it is ever reached, whatever the guest or somebody on the host renames or
 * links meanwhile, and none of its devices, FIFOs or sockets is ever opened. Access is the caller's kernel's to judge
 * (`default_permissions`): what passes is done with the rights of this process, and what is created belongs to the caller.
 * Where that kernel does not judge, this host's does: what needs a permission is then done with the caller's rights.
 */
@FileSystem({
  name: 'passthrough',
  options: passthroughOptions,
  description: 'shares a directory of this host',
  checksAccess: true,
  killsPrivileges: true,
  posixAcl: true,
  announcesSubmounts: true,
  opensFiles: true,
})
export class Passthrough {
  private readonly share: Share;
  readonly persistence: SharePersistence;

  constructor(@Options() options: PassthroughOptions, @Nodes() nodes: NodeTable) {
    const flush = handledOpcodes(this.constructor as Constructor).get(Opcode.FLUSH) as 'flush';
    this.share = new Share(options, nodes, this[flush] !== Passthrough.prototype.flush);
    this.persistence = new SharePersistence(this.share);
  }

  stop(): void {
    this.share.close();
  }

  @Handles(Opcode.LOOKUP) lookup(request: r.LookupRequest) { return lookup(this.share, request); }
  @Handles(Opcode.FORGET) forget(node: number) { this.share.nodes.forget(node); }

  @Handles(Opcode.GETATTR) getattr(request: r.GetattrRequest) { return getattr(this.share, request); }
  @Handles(Opcode.SETATTR) setattr(request: r.SetattrRequest) { return setattr(this.share, request); }
  @Handles(Opcode.STATX) statx(request: r.StatxRequest) { return statx(this.share, request); }

  @Handles(Opcode.MKDIR) mkdir(request: r.MkdirRequest) { return mkdir(this.share, request); }
  @Handles(Opcode.MKNOD) mknod(request: r.MknodRequest) { return mknod(this.share, request); }
  @Handles(Opcode.SYMLINK) symlink(request: r.SymlinkRequest) { return symlink(this.share, request); }
  @Handles(Opcode.LINK) link(request: r.LinkRequest) { return link(this.share, request); }
  @Handles(Opcode.CREATE) create(request: r.CreateRequest) { return create(this.share, request); }
  @Handles(Opcode.TMPFILE) tmpfile(request: r.TmpfileRequest) { return tmpfile(this.share, request); }
  @Handles(Opcode.UNLINK) unlink(request: r.RemoveRequest) { return remove(this.share, request, false); }
  @Handles(Opcode.RMDIR) rmdir(request: r.RemoveRequest) { return remove(this.share, request, true); }
  @Handles(Opcode.RENAME2) rename(request: r.RenameRequest) { return rename(this.share, request); }

  @Handles(Opcode.OPEN) open(request: r.OpenRequest) { return open(this.share, request); }
  @Handles(Opcode.RELEASE) release(request: r.Release) { return release(this.share, request); }
  @Handles(Opcode.READ) read(request: r.ReadRequest) { return read(request); }
  @Handles(Opcode.WRITE) write(request: r.WriteRequest) { return write(this.share, request); }
  @Handles(Opcode.FSYNC) fsync(request: r.FsyncRequest) { return fsync(this.share, request); }
  @Handles(Opcode.FLUSH) flush(request: r.FlushRequest) { return flush(this.share, request); }
  @Handles(Opcode.FALLOCATE) fallocate(request: r.FallocateRequest) { return fallocate(this.share, request); }
  @Handles(Opcode.LSEEK) lseek(request: r.LseekRequest) { return lseek(request); }
  @Handles(Opcode.COPY_FILE_RANGE) copyFileRange(request: r.CopyFileRangeRequest) { return copyFileRange(this.share, request); }
  @Handles(Opcode.IOCTL) ioctl(request: r.IoctlRequest) { return ioctl(this.share, request); }

  @Handles(Opcode.OPENDIR) opendir(request: r.OpendirRequest) { return opendir(this.share, request); }
  @Handles(Opcode.READDIR) readdir(request: r.ReaddirRequest) { return readdir(this.share, request); }
  @Handles(Opcode.READDIRPLUS) readdirplus(request: r.ReaddirplusRequest) { return readdirplus(this.share, request); }
  @Handles(Opcode.RELEASEDIR) releasedir(request: r.Release) { return releasedir(this.share, request); }
  @Handles(Opcode.FSYNCDIR) fsyncdir(request: r.FsyncdirRequest) { return fsync(this.share, request); }

  @Handles(Opcode.GETXATTR) getxattr(request: r.GetxattrRequest) { return getxattr(this.share, request); }
  @Handles(Opcode.SETXATTR) setxattr(request: r.SetxattrRequest) { return setxattr(this.share, request); }
  @Handles(Opcode.LISTXATTR) listxattr(request: r.ListxattrRequest) { return listxattr(this.share, request); }
  @Handles(Opcode.REMOVEXATTR) removexattr(request: r.RemovexattrRequest) { return removexattr(this.share, request); }

  @Handles(Opcode.READLINK) readlink(request: r.ReadlinkRequest) { return readlink(this.share, request); }
  @Handles(Opcode.ACCESS) access(request: r.AccessRequest) { return access(this.share, request); }
  @Handles(Opcode.STATFS) statfs(request: r.StatfsRequest) { return statfs(this.share, request); }
  @Handles(Opcode.SYNCFS) syncfs(request: r.SyncfsRequest) { return syncfs(this.share, request); }
}
