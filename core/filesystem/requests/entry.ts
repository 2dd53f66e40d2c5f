import { Slot } from '../../channel/slot.js';
import { Attr, EntryOut, LinkIn } from '../../protocol/structs.js';
import { writeAttributes } from '../attributes.js';
import type { Entry } from '../entry.js';
import { asErrno, Errno } from '../errno.js';
import { Request } from '../request.js';
import { Done } from '../result.js';

/** A request that is answered with an entry (`fuse_entry_out`). */
export abstract class EntryRequest<T extends Entry = Entry> extends Request<T> {
  /** The node that `entry` answered with, as its file system or, when that has answered, the one around it numbers it. */
  answeredNode = 0;

  /** Byte offset in the slab where a handler may write `struct fuse_attr` itself, before it calls `entry`. */
  get attrOffset(): number {
    return (this.out << 2) + EntryOut.attr;
  }

  /** Answers with `node`, whose attributes stand at `attrOffset`; timeouts in seconds, absent: the cache policy's. */
  entry(node: number, entryTimeout?: number, attrTimeout?: number): Done | Errno {
    const { u32, out } = this;
    this.answeredNode = node;
    const shown = this.depth === 0 ? node : this.shownNode(node);
    u32[out] = shown;
    u32[out + 1] = shown === 0 ? 0 : this.context.handOut(shown);
    this.toGuest(out + ((EntryOut.attr + Attr.uid) >> 2));
    u32[out + (EntryOut.generation >> 2)] = 0;
    u32[out + (EntryOut.generation >> 2) + 1] = 0;
    this.context.entryTimeout(u32, out + (EntryOut.entry_valid >> 2), out + (EntryOut.entry_valid_nsec >> 2), this.depth === 0 ? entryTimeout : this.nameTimeout(entryTimeout), node === 0);
    this.context.attrTimeout(u32, out + (EntryOut.attr_valid >> 2), out + (EntryOut.attr_valid_nsec >> 2), attrTimeout, shown);
    this.body = EntryOut.size_;
    return Done;
  }

  encode(result: T | Done): number {
    if (result === Done) return 0;
    const { node, attributes, entryTimeout, attrTimeout } = result;
    if (node !== 0) writeAttributes(this.u32, this.out + (EntryOut.attr >> 2), attributes, node);
    else this.u32.fill(0, this.out, this.out + (EntryOut.size_ >> 2));
    return Math.min(this.entry(node, entryTimeout, attrTimeout), 0);
  }
}

/** A request that names an entry of the directory `parent`; `NAME` bytes of fixed arguments stand before the name. */
export abstract class NamedEntryRequest<T extends Entry = Entry> extends EntryRequest<T> {
  protected abstract readonly fixed: number;
  private length_ = 0;

  begin(): number {
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
  protected setWord(offset: number, value: number): void {
    this.u32[this.args + (offset >> 2)] = value;
  }
}

/** LOOKUP: find `name` in `parent`. */
export class LookupRequest extends NamedEntryRequest {
  protected readonly fixed = 0;

  /** Byte offset in the slab of the host's identity of the file, when shortcuts have found it and put its attributes at `attrOffset`; else 0. */
  get foundOffset(): number {
    const slot = this.at - Slot.request;
    return this.u32[(slot + Slot.found) >> 2] === 0 || this.isPassedOn ? 0 : slot + Slot.identity;
  }

  /** A node too many is not given out. */
  override entry(node: number, entryTimeout?: number, attrTimeout?: number): Done | Errno {
    const error = node === 0 ? 0 : this.context.admitsNode(this.depth === 0 ? node : this.shownNode(node));
    if (error === 0) return super.entry(node, entryTimeout, attrTimeout);
    this.keepNode(node);
    return asErrno(error);
  }
}

/** LINK: give `source` a further name in `parent`. */
export class LinkRequest extends NamedEntryRequest {
  protected readonly fixed = LinkIn.size_;

  override begin(): number {
    return this.atNode(LinkIn.oldnodeid) ? super.begin() : Errno.ESTALE;
  }
  get source(): number {
    return this.secondNode(LinkIn.oldnodeid);
  }
}
