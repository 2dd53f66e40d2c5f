import { constants } from 'node:fs';
import { Handles, Options } from '../../../core/filesystem/decorators.js';
import type { Entry } from '../../../core/filesystem/entry.js';
import { Errno } from '../../../core/filesystem/errno.js';
import type { Handlers } from '../../../core/filesystem/handlers.js';
import { type AnsweredOpcode, Inner, Layer, type LayerInstance, Paths, type WrappedHandler, Wraps } from '../../../core/filesystem/layer.js';
import { after, answeredFigures, entryNode, figuresAt } from '../../../core/filesystem/replies.js';
import type { EntryRequest } from '../../../core/filesystem/requests/entry.js';
import type * as r from '../../../core/filesystem/requests/index.js';
import { Done, type Reply, type Result } from '../../../core/filesystem/result.js';
import type { Traits } from '../../../core/filesystem/traits.js';
import type { PathTracker } from '../../../core/paths/path-tracker.js';
import { RenameFlag } from '../../../core/protocol/flags.js';
import { Opcode } from '../../../core/protocol/opcode.js';
import { Ledger } from './ledger.js';
import { type QuotaOptions, quotaOptions } from './options.js';
import { copyFileRange, fallocate, setattr, statfs, write } from './space.js';
import { Throttle } from './throttle.js';

const { O_TRUNC } = constants;

/** Limits what may be added to a file system, how often it may be asked, and how much may be read and written in a second. */
@Layer({ name: 'quota', options: quotaOptions, description: 'limits bytes, inodes, operations per second and bandwidth' })
export class QuotaLayer implements LayerInstance {
  readonly traits: Traits;
  private readonly ledger: Ledger;
  private readonly throttle: Throttle;

  constructor(@Options() options: QuotaOptions, @Inner() private readonly inner: Handlers, @Paths() private readonly paths: PathTracker) {
    this.ledger = new Ledger(options.bytes ?? Infinity, options.inodes ?? Infinity);
    this.throttle = new Throttle(options);
    this.traits = { seesData: options.bytes !== undefined || options.bandwidth !== undefined || options.operations !== undefined };
  }

  @Wraps() wrap(opcode: AnsweredOpcode, next: WrappedHandler): WrappedHandler {
    return this.throttle.wrap(opcode, next);
  }

  @Handles(Opcode.LOOKUP) lookup(request: r.LookupRequest) { return this.seen(request, this.inner[Opcode.LOOKUP](request)); }
  @Handles(Opcode.LINK) link(request: r.LinkRequest) { return this.seen(request, this.inner[Opcode.LINK](request)); }
  @Handles(Opcode.READDIRPLUS) readdirplus(request: r.ReaddirplusRequest): Result {
    const { u32 } = request.channel.slab;
    request.visit({ listed: (_name, node, attrOffset) => this.ledger.seen(node, figuresAt(u32, attrOffset)) });
    return this.inner[Opcode.READDIRPLUS](request);
  }

  @Handles(Opcode.MKNOD) mknod(request: r.MknodRequest) { return this.made(request, this.inner[Opcode.MKNOD]); }
  @Handles(Opcode.MKDIR) mkdir(request: r.MkdirRequest) { return this.made(request, this.inner[Opcode.MKDIR]); }
  @Handles(Opcode.SYMLINK) symlink(request: r.SymlinkRequest) { return this.made(request, this.inner[Opcode.SYMLINK]); }
  @Handles(Opcode.TMPFILE) tmpfile(request: r.TmpfileRequest) { return this.made(request, this.inner[Opcode.TMPFILE]); }
  @Handles(Opcode.CREATE) create(request: r.CreateRequest) {
    return after(this.made(request, this.inner[Opcode.CREATE]), (reply) => {
      const node = entryNode(request, reply);
      if (node > 0 && (request.flags & O_TRUNC) !== 0) this.ledger.settle(node, 0);
      return reply;
    });
  }

  @Handles(Opcode.OPEN) open(request: r.OpenRequest) {
    const { flags, node } = request;
    const result = this.inner[Opcode.OPEN](request);
    if ((flags & O_TRUNC) === 0) return result;
    return after(result, (reply) => {
      if (typeof reply === 'object' || reply === Done) this.ledger.settle(node, 0);
      return reply;
    });
  }
  @Handles(Opcode.WRITE) write(request: r.WriteRequest) { return write(this.ledger, request, this.inner[Opcode.WRITE]); }
  @Handles(Opcode.SETATTR) setattr(request: r.SetattrRequest) { return setattr(this.ledger, request, this.inner[Opcode.SETATTR]); }
  @Handles(Opcode.FALLOCATE) fallocate(request: r.FallocateRequest) { return fallocate(this.ledger, request, this.inner[Opcode.FALLOCATE]); }
  @Handles(Opcode.COPY_FILE_RANGE) copyFileRange(request: r.CopyFileRangeRequest) { return copyFileRange(this.ledger, request, this.inner[Opcode.COPY_FILE_RANGE]); }
  @Handles(Opcode.STATFS) statfs(request: r.StatfsRequest) { return statfs(this.ledger, request, this.inner[Opcode.STATFS]); }

  @Handles(Opcode.UNLINK) unlink(request: r.RemoveRequest) { return this.removed(request, this.inner[Opcode.UNLINK]); }
  @Handles(Opcode.RMDIR) rmdir(request: r.RemoveRequest) { return this.removed(request, this.inner[Opcode.RMDIR]); }
  @Handles(Opcode.RENAME2) rename(request: r.RenameRequest): Result {
    const [moved, replaced] = [this.paths.child(request.parent, request.name), this.paths.child(request.newParent, request.newName)];
    const whiteout = (request.flags & RenameFlag.WHITEOUT) !== 0;
    const replaces = replaced > 0 && replaced !== moved && (request.flags & RenameFlag.EXCHANGE) === 0;
    if (whiteout && !this.ledger.takeInode()) return Errno.EDQUOT;
    return after(this.inner[Opcode.RENAME2](request), (error) => {
      if (error !== Done && whiteout) this.ledger.giveInode();
      if (error === Done && replaces) this.ledger.unlinked(replaced);
      return error;
    });
  }

  @Handles(Opcode.FORGET) forget(node: number): void {
    this.ledger.forgotten(node);
    this.inner[Opcode.FORGET](node);
  }

  private seen(request: EntryRequest, result: Result<Entry>): Result<Entry> {
    return after(result, (reply: Reply<Entry>) => {
      const node = entryNode(request, reply);
      if (node > 0) this.ledger.seen(node, answeredFigures(request, reply)!);
      return reply;
    });
  }

  private made<T extends Entry, R extends EntryRequest>(request: R, inner: (request: R) => Result<T>): Result<T> {
    if (!this.ledger.takeInode()) return Errno.EDQUOT;
    return after(inner(request), (reply: Reply<T>) => {
      const node = entryNode(request, reply);
      if (node > 0) this.ledger.made(node, answeredFigures(request, reply)!);
      else this.ledger.giveInode();
      return reply;
    });
  }

  private removed(request: r.RemoveRequest, inner: (request: r.RemoveRequest) => Result): Result {
    const node = this.paths.child(request.parent, request.name);
    return after(inner(request), (error) => {
      if (error === Done) this.ledger.unlinked(node);
      return error;
    });
  }
}
