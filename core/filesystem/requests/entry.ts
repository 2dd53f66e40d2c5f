import { CreateIn, EntryOut, LinkIn, MkdirIn, MknodIn, OpenOut } from '../../protocol/structs.js';
import { writeAttributes } from '../attributes.js';
import type { Created, Entry } from '../entry.js';
import { Errno } from '../errno.js';
import { HandleKind } from '../handles.js';
import { Request } from '../request.js';
import { Done } from '../result.js';
import { putHandle } from './handle.js';

/** A request that is answered with an entry (`fuse_entry_out`). */
export abstract class EntryRequest<T extends Entry = Entry> extends Request<T> {
  /** Byte offset in the slab where a handler may write `struct fuse_attr` itself, before it calls `entry`. */
  get attrOffset(): number {
    return (this.out << 2) + EntryOut.attr;
  }

  /** Answers with `node`, whose attributes stand at `attrOffset`; timeouts in seconds, absent: the cache policy's. */
  entry(node: number, entryTimeout?: number, attrTimeout?: number): Done {
    const { u32, out } = this;
    u32[out] = node;
    u32[out + 1] = node === 0 ? 0 : this.context.handOut(node);
    u32[out + (EntryOut.generation >> 2)] = 0;
    u32[out + (EntryOut.generation >> 2) + 1] = 0;
    this.context.entryTimeout(u32, out + (EntryOut.entry_valid >> 2), out + (EntryOut.entry_valid_nsec >> 2), entryTimeout, node === 0);
    this.context.attrTimeout(u32, out + (EntryOut.attr_valid >> 2), out + (EntryOut.attr_valid_nsec >> 2), attrTimeout);
    this.body = EntryOut.size_;
    return Done;
  }

  encode(result: T | Done): number {
    if (result === Done) return 0;
    const { node, attributes, entryTimeout, attrTimeout } = result;
    if (node !== 0) writeAttributes(this.u32, this.out + (EntryOut.attr >> 2), attributes, node);
    else this.u32.fill(0, this.out, this.out + (EntryOut.size_ >> 2));
    return this.entry(node, entryTimeout, attrTimeout);
  }
}

/** A request that names an entry of the directory `parent`; `NAME` bytes of fixed arguments stand before the name. */
abstract class NamedEntryRequest<T extends Entry = Entry> extends EntryRequest<T> {
  protected abstract readonly fixed: number;
  private length_ = 0;

  protected begin(): number {
    this.length_ = this.nameLength(this.fixed);
    return Math.min(this.length_, 0);
  }
  /** The directory; the same number as `node`. */
  get parent(): number {
    return this.node;
  }
  get name(): string {
    return this.text(this.fixed, this.length_);
  }
  /** The name in place: byte offset in the slab, NUL-terminated, and length in bytes. */
  get nameOffset(): number {
    return this.argsAt + this.fixed;
  }
  get nameBytes(): number {
    return this.length_;
  }
  protected word(offset: number): number {
    return this.u32[this.args + (offset >> 2)]!;
  }
}

/** LOOKUP: find `name` in `parent`. */
export class LookupRequest extends NamedEntryRequest {
  protected readonly fixed = 0;
}

/** MKNOD: make a file, FIFO, socket or device; `mode` includes the type, `rdev` as new_encode_dev(). */
export class MknodRequest extends NamedEntryRequest {
  protected readonly fixed = MknodIn.size_;
  get mode(): number {
    return this.word(MknodIn.mode);
  }
  get rdev(): number {
    return this.word(MknodIn.rdev);
  }
  get umask(): number {
    return this.word(MknodIn.umask);
  }
}

/** MKDIR. */
export class MkdirRequest extends NamedEntryRequest {
  protected readonly fixed = MkdirIn.size_;
  get mode(): number {
    return this.word(MkdirIn.mode);
  }
  get umask(): number {
    return this.word(MkdirIn.umask);
  }
}

/** SYMLINK: make `name` in `parent` point to `target`. */
export class SymlinkRequest extends NamedEntryRequest {
  protected readonly fixed = 0;
  private targetLength = 0;

  protected override begin(): number {
    const error = super.begin();
    if (error < 0) return error;
    this.targetLength = this.stringLength(this.nameBytes + 1);
    return this.targetLength === 0 ? Errno.ENOENT : Math.min(this.targetLength, 0);
  }
  get target(): string {
    return this.text(this.nameBytes + 1, this.targetLength);
  }
  get targetOffset(): number {
    return this.argsAt + this.nameBytes + 1;
  }
}

/** LINK: give `source` a further name in `parent`. */
export class LinkRequest extends NamedEntryRequest {
  protected readonly fixed = LinkIn.size_;

  protected override begin(): number {
    return this.atNode(LinkIn.oldnodeid) ? super.begin() : Errno.ESTALE;
  }
  get source(): number {
    return this.word(LinkIn.oldnodeid);
  }
}

/**
 * CREATE: make and open a regular file (open(2) `flags`); without O_EXCL an existing one is opened. TMPFILE: the same
 * without a name.
 */
export class CreateRequest extends NamedEntryRequest<Created> {
  protected readonly fixed = CreateIn.size_;
  get flags(): number {
    return this.word(CreateIn.flags);
  }
  get mode(): number {
    return this.word(CreateIn.mode);
  }
  get umask(): number {
    return this.word(CreateIn.umask);
  }

  /** Answers with `node`, whose attributes stand at `attrOffset`, opened as `handle`. */
  created(node: number, handle: number, flags: number): Done | Errno {
    const at = this.out + (EntryOut.size_ >> 2);
    if (putHandle(this.u32, at, this.context, HandleKind.FILE, node, handle, this.context.openFlags(flags, false)) < 0) return Errno.ENFILE;
    this.entry(node);
    this.body = EntryOut.size_ + OpenOut.size_;
    return Done;
  }

  override encode(result: Created | Done): number {
    if (result === Done) return 0;
    writeAttributes(this.u32, this.out + (EntryOut.attr >> 2), result.attributes, result.node);
    return this.created(result.node, result.handle ?? 0, result.flags ?? 0);
  }
}

/** TMPFILE: a regular file without a name in the directory `parent` (O_TMPFILE); link(2) may give it one. */
export class TmpfileRequest extends CreateRequest {
  protected override begin(): number {
    return 0;
  }
}
