import { FSYNC_FDATASYNC } from '../../protocol/flags.js';
import { FlushIn, FsyncIn, OpenIn, OpenOut, ReleaseIn } from '../../protocol/structs.js';
import type { Opened } from '../entry.js';
import { Errno } from '../errno.js';
import { HandleKind } from '../handles.js';
import { Request } from '../request.js';
import { Done } from '../result.js';
import { putHandle } from './handle.js';
import { PlainRequest } from './name.js';

/** OPEN: open a regular file; `flags` as open(2), without O_CREAT and O_EXCL. */
export class OpenRequest extends Request<Opened> {
  protected readonly kind: HandleKind = HandleKind.FILE;
  /** The plugin's number that `opened` answered with. */
  answeredHandle = 0;

  begin(): number {
    return this.context.admitsHandle();
  }
  get flags(): number {
    return this.u32[this.args + (OpenIn.flags >> 2)]!;
  }
  set flags(flags: number) {
    this.u32[this.args + (OpenIn.flags >> 2)] = flags;
  }
  /** `OpenInFlag` bits. */
  get openFlags(): number {
    return this.u32[this.args + (OpenIn.open_flags >> 2)]!;
  }

  /** Answers with the plugin's number for this open, and the fds of the file of this host whose data they are, if any (`Opened`). */
  opened(handle: number, flags: number, backing = -1, data = -1): Done | Errno {
    this.answeredHandle = handle;
    const allowed = this.allowedFlags(flags, this.kind === HandleKind.DIRECTORY);
    const bare = this.depth === 0 || this.bare;
    if (putHandle(this.u32, this.out, this.context, this.kind, this.asked, handle, allowed, bare ? backing : -1, this.flags, bare ? data : -1) < 0) return Errno.ENFILE;
    this.body = OpenOut.size_;
    return Done;
  }
  encode(result: Opened | Done): number {
    if (result === Done) return 0;
    const error = this.opened(result.handle ?? 0, result.flags ?? 0, result.backing, result.data);
    if (result.moves && error === Done) result.moves(this.context.handles.mover(this.u32[this.out]!));
    return error;
  }
}

/** OPENDIR. */
export class OpendirRequest extends OpenRequest {
  protected override readonly kind = HandleKind.DIRECTORY;
}

/** What RELEASE and RELEASEDIR tell: the handle is closed for good, whatever the handler answers. */
export interface Release {
  readonly node: number;
  readonly handle: number;
  /** open(2) flags of the open. */
  readonly flags: number;
  /** `ReleaseFlag` bits. */
  readonly releaseFlags: number;
  /** Index of the handle in its session's table; another file may have it by now. */
  readonly openIndex: number;
  /** The session that had it open. */
  readonly session: object;
}

/** RELEASE: the last reference to an open file is gone. */
export class ReleaseRequest extends PlainRequest implements Release {
  protected readonly kind: HandleKind = HandleKind.FILE;
  private value = 0;
  private index = 0;

  get openIndex(): number {
    return this.index;
  }
  /** The session frees the handle as soon as it is decoded, so that it is closed exactly once. */
  begin(): number {
    this.index = this.handleIndex(ReleaseIn.fh, this.kind, this.node);
    if (this.index < 0) return Errno.EBADF;
    this.value = this.handleValue(this.index);
    if (this.index > 0) this.context.closeHandle(this.index, this.kind, this.node);
    return 0;
  }
  get handle(): number {
    return this.value;
  }
  get flags(): number {
    return this.u32[this.args + (ReleaseIn.flags >> 2)]!;
  }
  get releaseFlags(): number {
    return this.u32[this.args + (ReleaseIn.release_flags >> 2)]!;
  }
  get session(): object {
    return this.context;
  }
}

/** RELEASEDIR. */
export class ReleasedirRequest extends ReleaseRequest {
  protected override readonly kind = HandleKind.DIRECTORY;
}

/** A request on an open file or directory, whose handle stands at argument byte `HANDLE`. */
export abstract class HandleRequest<T = never> extends Request<T> {
  protected readonly kind: HandleKind = HandleKind.FILE;
  protected index = 0;

  begin(): number {
    this.index = this.handleIndex(0, this.kind, this.node);
    return this.index < 0 ? Errno.EBADF : 0;
  }
  /** The number OPEN answered with; NO_HANDLE when there was no OPEN. */
  get handle(): number {
    return this.handleValue(this.index);
  }
  encode(_result: T | Done): number {
    return 0;
  }
}

/** FLUSH: one close(2) of a file that may still be open elsewhere; the place to report failed writes. */
export class FlushRequest extends HandleRequest {
  /** The process (its file table), as `LockRequest.owner`. */
  get owner(): { session: object; low: number; high: number } {
    const at = this.args + (FlushIn.lock_owner >> 2);
    return { session: this.context, low: this.u32[at]!, high: this.u32[at + 1]! };
  }
}

/** FSYNC: data, and unless `datasync` also attributes, are to be on stable storage. */
export class FsyncRequest extends HandleRequest {
  get datasync(): boolean {
    return (this.u32[this.args + (FsyncIn.fsync_flags >> 2)]! & FSYNC_FDATASYNC) !== 0;
  }
}

/** FSYNCDIR. */
export class FsyncdirRequest extends FsyncRequest {
  protected override readonly kind = HandleKind.DIRECTORY;
}
