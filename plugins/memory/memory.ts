import { FileSystem, Handles, Nodes, Options } from '../../core/filesystem/decorators.js';
import type { NodeTable } from '../../core/filesystem/nodes.js';
import type * as r from '../../core/filesystem/requests/index.js';
import { Opcode } from '../../core/protocol/opcode.js';
import { getattr, setattr, statx } from './attributes.js';
import { create, link, mkdir, mknod, symlink, tmpfile } from './create.js';
import { read, write } from './data.js';
import { opendir, readdir, readdirplus, releasedir } from './directory.js';
import { lookup } from './lookup.js';
import { readlink, statfs } from './node.js';
import { open } from './open.js';
import { memoryOptions, type MemoryOptions } from './options.js';
import { VolumePersistence } from './persistence.js';
import { copyFileRange, fallocate, lseek } from './range.js';
import { rmdir, unlink } from './remove.js';
import { rename } from './rename.js';
import { Volume } from './volume.js';
import { getxattr, listxattr, removexattr, setxattr } from './xattr.js';

/**
 * Files in this process's memory, with the semantics of tmpfs(5); gone when the mount ends. There is nothing to flush, to
 * sync or to release, so those handlers are left out: fsync(2) costs no request, close(2) what the mount's locks need.
 * Access is the kernel's to judge, by mode and ACL (`default_permissions`).
 */
@FileSystem({ name: 'memory', options: memoryOptions, killsPrivileges: true, posixAcl: true, description: 'keeps files in memory, as tmpfs does' })
export class MemoryFs {
  private readonly volume: Volume;
  readonly persistence: VolumePersistence;

  constructor(@Options() options: MemoryOptions, @Nodes() nodes: NodeTable) {
    this.volume = new Volume(options, nodes);
    this.persistence = new VolumePersistence(this.volume, nodes);
  }

  stop(): void {
    this.volume.pages.close();
  }

  @Handles(Opcode.LOOKUP) lookup(request: r.LookupRequest) { return lookup(this.volume, request); }
  @Handles(Opcode.FORGET) forget(node: number) { this.volume.forget(node); }

  @Handles(Opcode.GETATTR) getattr(request: r.GetattrRequest) { return getattr(this.volume, request); }
  @Handles(Opcode.SETATTR) setattr(request: r.SetattrRequest) { return setattr(this.volume, request); }
  @Handles(Opcode.STATX) statx(request: r.StatxRequest) { return statx(this.volume, request); }

  @Handles(Opcode.MKDIR) mkdir(request: r.MkdirRequest) { return mkdir(this.volume, request); }
  @Handles(Opcode.MKNOD) mknod(request: r.MknodRequest) { return mknod(this.volume, request); }
  @Handles(Opcode.SYMLINK) symlink(request: r.SymlinkRequest) { return symlink(this.volume, request); }
  @Handles(Opcode.LINK) link(request: r.LinkRequest) { return link(this.volume, request); }
  @Handles(Opcode.CREATE) create(request: r.CreateRequest) { return create(this.volume, request); }
  @Handles(Opcode.TMPFILE) tmpfile(request: r.TmpfileRequest) { return tmpfile(this.volume, request); }
  @Handles(Opcode.UNLINK) unlink(request: r.RemoveRequest) { return unlink(this.volume, request); }
  @Handles(Opcode.RMDIR) rmdir(request: r.RemoveRequest) { return rmdir(this.volume, request); }
  @Handles(Opcode.RENAME2) rename(request: r.RenameRequest) { return rename(this.volume, request); }

  @Handles(Opcode.OPEN) open(request: r.OpenRequest) { return open(this.volume, request); }
  @Handles(Opcode.READ) read(request: r.ReadRequest) { return read(this.volume, request); }
  @Handles(Opcode.WRITE) write(request: r.WriteRequest) { return write(this.volume, request); }
  @Handles(Opcode.FALLOCATE) fallocate(request: r.FallocateRequest) { return fallocate(this.volume, request); }
  @Handles(Opcode.LSEEK) lseek(request: r.LseekRequest) { return lseek(this.volume, request); }
  @Handles(Opcode.COPY_FILE_RANGE) copyFileRange(request: r.CopyFileRangeRequest) { return copyFileRange(this.volume, request); }

  @Handles(Opcode.OPENDIR) opendir(request: r.OpendirRequest) { return opendir(this.volume, request); }
  @Handles(Opcode.READDIR) readdir(request: r.ReaddirRequest) { return readdir(this.volume, request); }
  @Handles(Opcode.READDIRPLUS) readdirplus(request: r.ReaddirplusRequest) { return readdirplus(this.volume, request); }
  @Handles(Opcode.RELEASEDIR) releasedir(request: r.Release) { return releasedir(this.volume, request); }

  @Handles(Opcode.GETXATTR) getxattr(request: r.GetxattrRequest) { return getxattr(this.volume, request); }
  @Handles(Opcode.SETXATTR) setxattr(request: r.SetxattrRequest) { return setxattr(this.volume, request); }
  @Handles(Opcode.LISTXATTR) listxattr(request: r.ListxattrRequest) { return listxattr(this.volume, request); }
  @Handles(Opcode.REMOVEXATTR) removexattr(request: r.RemovexattrRequest) { return removexattr(this.volume, request); }

  @Handles(Opcode.READLINK) readlink(request: r.ReadlinkRequest) { return readlink(this.volume, request); }
  @Handles(Opcode.STATFS) statfs(request: r.StatfsRequest) { return statfs(this.volume, request); }
}
