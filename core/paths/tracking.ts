import { Handles } from '../filesystem/decorators.js';
import type { Created, Entry } from '../filesystem/entry.js';
import { Errno } from '../filesystem/errno.js';
import type { Handlers } from '../filesystem/handlers.js';
import { after, entryNode } from '../filesystem/replies.js';
import type * as r from '../filesystem/requests/index.js';
import { Done, type Reply, type Result } from '../filesystem/result.js';
import { RenameFlag } from '../protocol/flags.js';
import { Opcode } from '../protocol/opcode.js';
import type { PathTracker } from './path-tracker.js';

type Naming = r.LookupRequest | r.MknodRequest | r.MkdirRequest | r.SymlinkRequest | r.LinkRequest | r.CreateRequest;

/** The innermost layer where another one asks for paths: tells the tracker what becomes of names. */
export class Tracking {
  constructor(private readonly inner: Handlers, private readonly tracker: PathTracker) {}

  @Handles(Opcode.LOOKUP) lookup(request: r.LookupRequest) { return this.found(request, this.inner[Opcode.LOOKUP](request)); }
  @Handles(Opcode.MKNOD) mknod(request: r.MknodRequest) { return this.found(request, this.inner[Opcode.MKNOD](request)); }
  @Handles(Opcode.MKDIR) mkdir(request: r.MkdirRequest) { return this.found(request, this.inner[Opcode.MKDIR](request)); }
  @Handles(Opcode.SYMLINK) symlink(request: r.SymlinkRequest) { return this.found(request, this.inner[Opcode.SYMLINK](request)); }
  @Handles(Opcode.LINK) link(request: r.LinkRequest) { return this.found(request, this.inner[Opcode.LINK](request)); }
  @Handles(Opcode.CREATE) create(request: r.CreateRequest) { return this.found(request, this.inner[Opcode.CREATE](request)); }

  @Handles(Opcode.TMPFILE) tmpfile(request: r.TmpfileRequest): Result<Created> {
    return after(this.inner[Opcode.TMPFILE](request), (reply: Reply<Created>) => {
      const node = entryNode(request, reply);
      if (node > 0) this.tracker.nameless(request.parent, node);
      return reply;
    });
  }

  @Handles(Opcode.UNLINK) unlink(request: r.RemoveRequest) { return this.removed(request, this.inner[Opcode.UNLINK](request)); }
  @Handles(Opcode.RMDIR) rmdir(request: r.RemoveRequest) { return this.removed(request, this.inner[Opcode.RMDIR](request)); }

  @Handles(Opcode.RENAME2) rename(request: r.RenameRequest): Result {
    return after(this.inner[Opcode.RENAME2](request), (error) => {
      const { parent, name, newParent, newName, flags } = request;
      if (error === Done) this.tracker.renamed(parent, name, newParent, newName, (flags & RenameFlag.EXCHANGE) !== 0);
      return error;
    });
  }

  @Handles(Opcode.READDIRPLUS) readdirplus(request: r.ReaddirplusRequest): Result {
    request.visit({ listed: (name, node) => this.tracker.found(request.node, name, node) });
    return this.inner[Opcode.READDIRPLUS](request);
  }

  @Handles(Opcode.FORGET) forget(node: number): void {
    this.tracker.forgotten(node);
    this.inner[Opcode.FORGET](node);
  }

  private found<T extends Entry>(request: Naming, result: Result<T>): Result<T> {
    return after(result, (reply: Reply<T>) => {
      const node = entryNode(request, reply);
      if (node > 0) this.tracker.found(request.parent, request.name, node);
      else if (reply === Errno.ENOENT) this.tracker.removed(request.parent, request.name);
      return reply;
    });
  }

  private removed(request: r.RemoveRequest, result: Result): Result {
    return after(result, (error) => {
      if (error === Done || error === Errno.ENOENT) this.tracker.removed(request.parent, request.name);
      return error;
    });
  }
}
