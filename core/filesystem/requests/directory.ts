import { copyName, decodeName, encodeName, padName } from '../../protocol/names.js';
import { Attr, Dirent, Direntplus, EntryOut, OutHeader, ReadIn } from '../../protocol/structs.js';
import { getU64, putU64 } from '../../protocol/words.js';
import { Listed } from '../../channel/channel.js';
import { PAYLOAD_SIZE } from '../../channel/slot.js';
import { NAME_MAX } from '../../protocol/flags.js';
import { writeAttributes } from '../attributes.js';
import type { Entry } from '../entry.js';
import { HandleKind } from '../handles.js';
import { HandleRequest } from './open.js';

/** A layer that looks at the entries of a listing as they are added, or hides some. */
export interface ListingVisitor {
  /** False hides the entry. */
  shows?(name: string): boolean;
  /** READDIRPLUS: an entry with a node has been added, with attributes at byte `attrOffset` of the slab. */
  listed?(name: string, node: number, attrOffset: number): void;
}

/**
 * A listing, built entry by entry in the slot's payload buffer. `offset` is the cookie of the entry the last listing
 * ended with, 0 at the start; each entry is added with its own cookie, from which the listing goes on after it. Cookies
 * are opaque 64-bit numbers: up to 2^53 as numbers, or as two words.
 */
abstract class ListingRequest extends HandleRequest {
  protected override readonly kind = HandleKind.DIRECTORY;
  protected buffer = 0;
  protected used = 0;
  protected limit = 0;
  private readonly visitors: ListingVisitor[] = [];
  /** In how many file systems each visitor is (`Request.passInto`): it knows nodes by their numbers there. */
  private readonly depths: number[] = [];
  /** The cookie of the last entry that was hidden, as two words; both 0: none was. */
  private hiddenLow = 0;
  private hiddenHigh = 0;
  protected abstract readonly fixed: number;

  override begin(): number {
    this.visitors.length = 0;
    this.depths.length = 0;
    this.hiddenLow = 0;
    this.hiddenHigh = 0;
    this.used = 0;
    this.buffer = 0;
    this.limit = Math.min(this.size, PAYLOAD_SIZE);
    return super.begin();
  }
  get offset(): number {
    return getU64(this.u32, this.args + (ReadIn.offset >> 2));
  }
  /** Lets a layer see the entries that what it wraps adds. */
  visit(visitor: ListingVisitor): void {
    this.visitors.push(visitor);
    this.depths.push(this.depth);
  }
  /**
   * After an answer: true when all of its entries were hidden, so that it would be taken for the end of the directory. The
   * request goes on behind them then, and is to be answered again.
   */
  resumes(): boolean {
    if (this.used > 0 || (this.hiddenLow === 0 && this.hiddenHigh === 0)) return false;
    const at = this.args + (ReadIn.offset >> 2);
    if (this.u32[at] === this.hiddenLow && this.u32[at + 1] === this.hiddenHigh) return false;
    this.u32[at] = this.hiddenLow;
    this.u32[at + 1] = this.hiddenHigh;
    this.hiddenLow = 0;
    this.hiddenHigh = 0;
    return true;
  }
  /** True, and its cookie is kept, when a visitor hides the entry. */
  protected hides(name: string, cookieLow: number, cookieHigh: number): boolean {
    if (this.visitors.every((visitor) => visitor.shows?.(name) !== false)) return false;
    this.hiddenLow = cookieLow;
    this.hiddenHigh = cookieHigh;
    return true;
  }
  protected get visited(): boolean {
    return this.visitors.length > 0;
  }
  protected tell(name: string, node: number, attrOffset: number): void {
    for (const [i, visitor] of this.visitors.entries()) visitor.listed?.(name, this.shownNode(node, this.depths[i]), attrOffset);
  }
  get offsetLow(): number {
    return this.u32[this.args + (ReadIn.offset >> 2)]!;
  }
  get offsetHigh(): number {
    return this.u32[this.args + (ReadIn.offset >> 2) + 1]!;
  }
  /** open(2) flags of the open, as the kernel has them now. */
  get flags(): number {
    return this.u32[this.args + (ReadIn.flags >> 2)]!;
  }
  set flags(flags: number) {
    this.u32[this.args + (ReadIn.flags >> 2)] = flags;
  }
  /** Bytes the caller has room for. */
  get size(): number {
    return Math.min(this.u32[this.args + (ReadIn.size >> 2)]!, this.room(0));
  }

  /** Byte offset in the slab of the next record, or -1 when a name of `length` bytes does not fit any more. */
  protected place(length: number): number {
    if (this.buffer === 0) this.buffer = this.channel.payload(this.slot);
    return this.used + this.fixed + ((length + 7) & ~7) > this.limit ? -1 : this.buffer + this.used;
  }
  /** Completes the record whose `fuse_dirent` stands at `at`, its name (of `length` bytes) being in place. */
  protected dirent(at: number, length: number, inoLow: number, inoHigh: number, type: number, cookieLow: number, cookieHigh: number): void {
    const w = at >> 2;
    this.u32[w] = inoLow;
    this.u32[w + 1] = inoHigh;
    this.u32[w + (Dirent.off >> 2)] = cookieLow;
    this.u32[w + (Dirent.off >> 2) + 1] = cookieHigh;
    this.u32[w + (Dirent.namelen >> 2)] = length;
    this.u32[w + (Dirent.type >> 2)] = type;
    padName(this.u8, at + Dirent.size_, length);
    this.used += this.fixed + ((length + 7) & ~7);
  }
  /** Encodes `name` for the record at `at`; its length, -1 when it is too long for a name. */
  protected putName(name: string, at: number): number {
    return encodeName(name, this.u8, at, Math.min(at + NAME_MAX, this.buffer + PAYLOAD_SIZE));
  }
  override encode(): number {
    if (this.used > 0) this.sent = this.channel.putFromSlab(this.slot, OutHeader.size_, this.buffer, this.used);
    return Math.min(this.sent, 0);
  }
}

/** READDIR: names, inode numbers and types, `.` and `..` among them. */
export class ReaddirRequest extends ListingRequest {
  protected readonly fixed = Dirent.size_;

  /**
   * Adds an entry; false when the reply is full. `type` is the DT_* of readdir(3): the mode shifted right by 12.
   * `cookie` is where to go on after this entry.
   */
  add(name: string, ino: number, type: number, cookie: number): boolean {
    if (this.visited && this.hides(name, cookie >>> 0, Math.floor(cookie / 0x1_0000_0000))) return true;
    const at = this.place(0);
    if (at < 0) return false;
    const length = this.putName(name, at + Dirent.size_);
    if (length < 0) return true;
    if (this.place(length) < 0) return false;
    this.dirent(at, length, ino, 0, type, 0, 0);
    putU64(this.u32, at >> 2, ino);
    putU64(this.u32, (at + Dirent.off) >> 2, cookie);
    return true;
  }

  /** The same with the name taken from the slab and 64-bit numbers as words. */
  addFromSlab(nameOffset: number, length: number, inoLow: number, inoHigh: number, type: number, cookieLow: number, cookieHigh: number): boolean {
    if (this.visited && this.hides(decodeName(this.u8, nameOffset, length), cookieLow, cookieHigh)) return true;
    const at = this.place(length);
    if (at < 0) return false;
    copyName(this.u8, at + Dirent.size_, nameOffset, length);
    this.dirent(at, length, inoLow, inoHigh, type, cookieLow, cookieHigh);
    return true;
  }
}

/** READDIRPLUS: entries with attributes; each one other than `.` and `..` counts as a look-up. */
export class ReaddirplusRequest extends ListingRequest {
  protected readonly fixed = Direntplus.dirent + Dirent.size_;

  /** Adds an entry; false when the reply is full. An entry with node 0 is listed by name only. */
  add(name: string, entry: Entry, cookie: number): boolean {
    if (this.visited && this.hides(name, cookie >>> 0, Math.floor(cookie / 0x1_0000_0000))) return this.unused(entry.node);
    const at = this.place(0);
    if (at < 0) return false;
    const length = this.putName(name, at + this.fixed);
    if (length < 0) return true;
    if (this.place(length) < 0) return false;
    const { attributes, node } = entry;
    writeAttributes(this.u32, (at + EntryOut.attr) >> 2, attributes, node);
    if (this.visited && node > 0) this.tell(name, node, at + EntryOut.attr);
    this.entryOut(at, node, entry.entryTimeout, entry.attrTimeout);
    this.dirent(at + Direntplus.dirent, length, 0, 0, attributes.mode >>> 12, 0, 0);
    putU64(this.u32, (at + Direntplus.dirent) >> 2, attributes.ino === 0 ? node : attributes.ino);
    putU64(this.u32, (at + Direntplus.dirent + Dirent.off) >> 2, cookie);
    return true;
  }

  /**
   * Byte offset in the slab where `struct fuse_attr` of the next entry may be written, or -1 when a name of `length`
   * bytes does not fit any more. To be followed by `addFromSlab` for the same entry.
   */
  attrOffset(length: number): number {
    const at = this.place(length);
    return at < 0 ? -1 : at + EntryOut.attr;
  }

  /**
   * Has the channel add what needs no decision (`Channel.list`), unless somebody looks at the entries on their way: `listed`
   * says what it did.
   */
  addKnown(fd: number, from: number, to: number, identity: number, listed: number): void {
    this.u32.fill(0, listed >> 2, (listed >> 2) + Listed.WORDS);
    const at = this.visited || this.depth > 0 ? -1 : this.place(0);
    if (at < 0) return;
    this.channel.list(fd, this.node, from, to, at, this.limit - this.used, identity, listed);
    this.used += this.u32[(listed >> 2) + Listed.BYTES]!;
  }

  /** Adds the entry whose attributes stand at `attrOffset`; node 0: no attributes, and no look-up is counted. */
  addFromSlab(node: number, nameOffset: number, length: number, inoLow: number, inoHigh: number, type: number, cookieLow: number, cookieHigh: number): boolean {
    const name = this.visited ? decodeName(this.u8, nameOffset, length) : '';
    if (this.visited && this.hides(name, cookieLow, cookieHigh)) return this.unused(node);
    const at = this.place(length);
    if (at < 0) return false;
    if (this.visited && node > 0) this.tell(name, node, at + EntryOut.attr);
    copyName(this.u8, at + this.fixed, nameOffset, length);
    this.entryOut(at, node, undefined, undefined);
    this.dirent(at + Direntplus.dirent, length, inoLow, inoHigh, type, cookieLow, cookieHigh);
    return true;
  }

  /** A node was found for an entry that is not shown; true, as of an entry that had room. */
  private unused(node: number): boolean {
    if (node > 0) this.unusedNode(node);
    return true;
  }

  /** An entry without a node, or with one that is one too many, is listed by its name. */
  private entryOut(at: number, node: number, entryTimeout: number | undefined, attrTimeout: number | undefined): void {
    const { u32, context } = this;
    const w = at >> 2;
    const shown = this.depth === 0 ? node : this.shownNode(node);
    if (shown === 0 || context.admitsNode(shown) < 0) {
      if (shown !== 0) this.keepNode(node);
      u32.fill(0, w, w + (EntryOut.size_ >> 2));
      return;
    }
    u32[w] = shown;
    u32[w + 1] = context.handOut(shown);
    this.toGuest(w + ((EntryOut.attr + Attr.uid) >> 2));
    u32[w + 2] = 0;
    u32[w + 3] = 0;
    context.entryTimeout(u32, w + (EntryOut.entry_valid >> 2), w + (EntryOut.entry_valid_nsec >> 2), this.depth === 0 ? entryTimeout : this.nameTimeout(entryTimeout), false);
    context.attrTimeout(u32, w + (EntryOut.attr_valid >> 2), w + (EntryOut.attr_valid_nsec >> 2), attrTimeout, shown);
  }
}
