import { constants } from 'node:fs';
import { Handles, Options } from '../../../core/filesystem/decorators.js';
import { Errno } from '../../../core/filesystem/errno.js';
import type { Handlers } from '../../../core/filesystem/handlers.js';
import { Inner, Layer, type LayerInstance, Paths } from '../../../core/filesystem/layer.js';
import type * as r from '../../../core/filesystem/requests/index.js';
import { Done } from '../../../core/filesystem/result.js';
import type { Traits } from '../../../core/filesystem/traits.js';
import type { PathTracker } from '../../../core/paths/path-tracker.js';
import { Opcode } from '../../../core/protocol/opcode.js';
import { list } from './list.js';
import { type PolicyOptions, policyOptions } from './options.js';
import { Judge, toChange, toMake, toRead } from './verdict.js';

const { O_RDONLY, O_TRUNC, W_OK } = constants;
const O_ACCMODE = 3;
/** _IOC_WRITE: the caller hands data over, to change something. */
const IOC_WRITE = 0x4000_0000;

type Named = Pick<r.RemoveRequest, 'parent' | 'name' | 'uid'>;
type AtNode = Pick<r.OpenRequest, 'node' | 'uid'>;

/**
 * Rules by path: what is hidden, denied or read-only. Judged when a name is looked up and when a node is opened, changed or
 * written to, by the path that it has then; who has a file open goes on reading it.
 */
@Layer({ name: 'policy', options: policyOptions, description: 'hides, denies or protects paths by rules' })
export class PolicyLayer implements LayerInstance {
  readonly traits: Traits;
  private readonly judge: Judge;

  constructor(@Options() { rules }: PolicyOptions, @Inner() private readonly inner: Handlers, @Paths() paths: PathTracker) {
    this.judge = new Judge(rules, paths);
    this.traits = {
      judgesNames: rules.some(({ effect }) => effect === 'hide' || effect === 'deny'),
      // What is open for writing may come to lie where it is read-only.
      seesData: rules.some(({ effect }) => effect !== 'allow'),
    };
  }

  private read({ node, uid }: AtNode): Done | Errno {
    return toRead(this.judge.node(node, uid));
  }
  private change({ node, uid }: AtNode): Done | Errno {
    return toChange(this.judge.node(node, uid));
  }
  /** A name that is to be made, in a directory that changes by it. */
  private make({ parent, name, uid }: Named): Done | Errno {
    return toChange(this.judge.node(parent, uid)) || toMake(this.judge.name(parent, name, uid));
  }
  private remove({ parent, name, uid }: Named): Done | Errno {
    return toRead(this.judge.name(parent, name, uid)) || toChange(this.judge.node(parent, uid)) || toChange(this.judge.name(parent, name, uid));
  }

  @Handles(Opcode.LOOKUP) lookup(request: r.LookupRequest) {
    const { parent, name, uid } = request;
    const error = this.read(request);
    if (error !== Done) return error;
    const refused = toRead(this.judge.name(parent, name, uid));
    // What is denied is there to be seen.
    return refused === Errno.ENOENT ? refused : this.inner[Opcode.LOOKUP](request);
  }

  @Handles(Opcode.CREATE) create(request: r.CreateRequest) { return this.make(request) || this.inner[Opcode.CREATE](request); }
  @Handles(Opcode.MKNOD) mknod(request: r.MknodRequest) { return this.make(request) || this.inner[Opcode.MKNOD](request); }
  @Handles(Opcode.MKDIR) mkdir(request: r.MkdirRequest) { return this.make(request) || this.inner[Opcode.MKDIR](request); }
  @Handles(Opcode.SYMLINK) symlink(request: r.SymlinkRequest) { return this.make(request) || this.inner[Opcode.SYMLINK](request); }
  @Handles(Opcode.TMPFILE) tmpfile(request: r.TmpfileRequest) { return this.change(request) || this.inner[Opcode.TMPFILE](request); }
  @Handles(Opcode.UNLINK) unlink(request: r.RemoveRequest) { return this.remove(request) || this.inner[Opcode.UNLINK](request); }
  @Handles(Opcode.RMDIR) rmdir(request: r.RemoveRequest) { return this.remove(request) || this.inner[Opcode.RMDIR](request); }

  /** A further name elsewhere would be a way around the rule for this one. */
  @Handles(Opcode.LINK) link(request: r.LinkRequest) {
    return toChange(this.judge.node(request.source, request.uid)) || this.make(request) || this.inner[Opcode.LINK](request);
  }

  @Handles(Opcode.RENAME2) rename(request: r.RenameRequest) {
    const { newParent: parent, newName: name, uid } = request;
    return this.remove(request) || this.make({ parent, name, uid }) || this.inner[Opcode.RENAME2](request);
  }

  @Handles(Opcode.OPEN) open(request: r.OpenRequest) {
    const { flags } = request;
    const reads = (flags & O_ACCMODE) === O_RDONLY && (flags & O_TRUNC) === 0;
    return (reads ? this.read(request) : this.change(request)) || this.inner[Opcode.OPEN](request);
  }
  @Handles(Opcode.ACCESS) access(request: r.AccessRequest) {
    return ((request.mask & W_OK) === 0 ? this.read(request) : this.change(request)) || this.inner[Opcode.ACCESS](request);
  }
  @Handles(Opcode.READLINK) readlink(request: r.ReadlinkRequest) { return this.read(request) || this.inner[Opcode.READLINK](request); }
  @Handles(Opcode.GETXATTR) getxattr(request: r.GetxattrRequest) { return this.read(request) || this.inner[Opcode.GETXATTR](request); }
  @Handles(Opcode.LISTXATTR) listxattr(request: r.ListxattrRequest) { return this.read(request) || this.inner[Opcode.LISTXATTR](request); }

  @Handles(Opcode.SETATTR) setattr(request: r.SetattrRequest) { return this.change(request) || this.inner[Opcode.SETATTR](request); }
  @Handles(Opcode.SETXATTR) setxattr(request: r.SetxattrRequest) { return this.change(request) || this.inner[Opcode.SETXATTR](request); }
  @Handles(Opcode.REMOVEXATTR) removexattr(request: r.RemovexattrRequest) { return this.change(request) || this.inner[Opcode.REMOVEXATTR](request); }
  @Handles(Opcode.WRITE) write(request: r.WriteRequest) { return this.change(request) || this.inner[Opcode.WRITE](request); }
  @Handles(Opcode.FALLOCATE) fallocate(request: r.FallocateRequest) { return this.change(request) || this.inner[Opcode.FALLOCATE](request); }
  @Handles(Opcode.COPY_FILE_RANGE) copyFileRange(request: r.CopyFileRangeRequest) {
    return this.change({ node: request.targetNode, uid: request.uid }) || this.inner[Opcode.COPY_FILE_RANGE](request);
  }
  @Handles(Opcode.IOCTL) ioctl(request: r.IoctlRequest) {
    return ((request.command & IOC_WRITE) === 0 ? this.read(request) : this.change(request)) || this.inner[Opcode.IOCTL](request);
  }

  @Handles(Opcode.OPENDIR) opendir(request: r.OpendirRequest) { return this.read(request) || this.inner[Opcode.OPENDIR](request); }
  @Handles(Opcode.READDIR) readdir(request: r.ReaddirRequest) { return this.read(request) || list(this.judge, request, this.inner[Opcode.READDIR]); }
  @Handles(Opcode.READDIRPLUS) readdirplus(request: r.ReaddirplusRequest) { return this.read(request) || list(this.judge, request, this.inner[Opcode.READDIRPLUS]); }
}
