import type { AnyHandler } from '../core/dispatch/table.js';
import type { Attributes } from '../core/filesystem/attributes.js';
import { Errno } from '../core/filesystem/errno.js';
import type { FileSystemStatistics } from '../core/filesystem/statistics.js';
import { FUSE_MAJOR, FUSE_MINOR, ROOT_NODE, SetattrValid } from '../core/protocol/flags.js';
import { InitFlag } from '../core/protocol/init-flag.js';
import { Opcode } from '../core/protocol/opcode.js';
import * as s from '../core/protocol/structs.js';
import { getU64 } from '../core/protocol/words.js';
import type { MountContext } from '../core/session/session.js';
import { slab } from '../native/index.js';
import { type Answer, type Decode, StackChannel } from './channel.js';
import { indexOf, message, MOUNTER } from './message.js';
import * as r from './replies.js';
import { InnerSession } from './session.js';

/** What setattr sets; times in seconds and nanoseconds. */
export type Setting = Partial<Pick<Attributes, 'mode' | 'uid' | 'gid' | 'size' | 'atime' | 'atimeNsec' | 'mtime' | 'mtimeNsec'>>;

/** Bytes of one READ, WRITE or listing. */
export const TRANSFER = 1 << 20;
const LIMITS = { maxWrite: TRANSFER, maxPages: 256, maxBackground: 16 };
const XATTR_MAX = 65536;
/** Offered in INIT, of the first word; all that lets a file system do by itself what a kernel would do for it otherwise. */
const OFFER = [InitFlag.ATOMIC_O_TRUNC, InitFlag.BIG_WRITES, InitFlag.DONT_MASK, InitFlag.POSIX_ACL, InitFlag.MAX_PAGES, InitFlag.HANDLE_KILLPRIV_V2, InitFlag.SETXATTR_EXT, InitFlag.INIT_EXT]
  .reduce((flags, flag) => flags | (1 << flag), 0) >>> 0;
const OFFER_2 = 1 << (InitFlag.CREATE_SUPP_GROUP - 32);

const nothing: Decode<0> = () => 0;
const entry: Decode<r.Found> = (body) => r.entryAt(body);
const attributes: Decode<Attributes> = (body) => r.attributesAt(body + s.AttrOut.attr);
const bytes: Decode<Uint8Array> = (_body, payload, length) => slab.u8.slice(payload, payload + length);
const word: Decode<number> = (body) => slab.u32[body >> 2]!;
const long: Decode<number> = (body) => getU64(slab.u32, body >> 2);
const statistics: Decode<FileSystemStatistics> = (body) => r.statisticsAt(body);
const listing: Decode<r.Listing> = (_body, payload, length) => r.listingAt(payload, length);
const names: Decode<string[]> = (_body, payload, length) => r.namesAt(payload, length);

/**
 * Asks a file system from inside of this process, by node number, as a kernel would: every request is checked and
 * answered by a session. What answers at once is returned at once. Where no caller is named, the mounter asks.
 */
export class Client {
  session!: InnerSession;
  private channel!: StackChannel;
  private opened!: Decode<r.OpenedFile>;
  private created!: Decode<r.CreatedFile>;
  private masks = false;
  private truncates = false;

  /** `slots`: requests that may wait for the file system at one time. */
  constructor(readonly part: MountContext, private readonly slots: number) {}

  /** To be called once, when the file system has started. */
  start(): void {
    this.session = new InnerSession(this.part, LIMITS);
    this.channel = new StackChannel(this.slots);
    this.channel.receiver = this.session.attach(this.channel);
    const { session } = this;
    this.opened = (body) => r.openedAt(body, session.takeBacking(), session.handles);
    this.created = (body) => ({ ...r.entryAt(body), ...r.openedAt(body + s.EntryOut.size_, session.takeBacking(), session.handles) });
    const agreed = this.channel.call(
      message.start(Opcode.INIT, this.part.nodes, 0, s.InitIn.size_, MOUNTER)
        .word(s.InitIn.major, FUSE_MAJOR).word(s.InitIn.minor, FUSE_MINOR).word(s.InitIn.flags, OFFER).word(s.InitIn.flags2, OFFER_2).done(),
      (body) => slab.u32[(body + s.InitOut.flags) >> 2]!,
    ) as number;
    this.masks = ((agreed >>> InitFlag.DONT_MASK) & 1) === 1;
    this.truncates = ((agreed >>> InitFlag.ATOMIC_O_TRUNC) & 1) === 1;
  }
  /** Handlers by opcode, for requests that are passed on. */
  get table(): readonly (AnyHandler | undefined)[] {
    return this.part.plugin.table;
  }
  /** Gives everything back. */
  close(): void {
    this.session.close();
    this.channel.close();
  }

  /** The file system's own number of an open file. */
  handle(handle: number): number {
    return this.session.handles.value(indexOf(handle));
  }
  /** O_TRUNC of `open` truncates; otherwise it is to be done by `setattr`. */
  get truncatesByOpen(): boolean {
    return this.truncates;
  }

  private ask(opcode: Opcode, node: number, fixed: number, caller = MOUNTER) {
    return message.start(opcode, this.part.nodes, node, fixed, caller);
  }
  private send<T>(built: typeof message, decode: Decode<T>): Answer<T> {
    return this.channel.call(built.done(), decode);
  }

  lookup(parent: number, name: string): Answer<r.Found> {
    return this.send(this.ask(Opcode.LOOKUP, parent, 0).text(name), entry);
  }
  /** Gives `count` look-ups back. */
  forget(node: number, count: number): void {
    if (node !== ROOT_NODE) this.session.forget(node, this.part.nodes.generations[node]!, count);
  }
  getattr(node: number): Answer<Attributes> {
    return this.send(this.ask(Opcode.GETATTR, node, s.GetattrIn.size_), attributes);
  }
  setattr(node: number, set: Setting, caller = MOUNTER): Answer<Attributes> {
    let valid = 0;
    const built = this.ask(Opcode.SETATTR, node, s.SetattrIn.size_, caller);
    const words = (bit: number, offset: number, value: number | undefined) => {
      if (value === undefined) return;
      valid |= bit;
      built.word(offset, value);
    };
    words(SetattrValid.MODE, s.SetattrIn.mode, set.mode);
    words(SetattrValid.UID, s.SetattrIn.uid, set.uid);
    words(SetattrValid.GID, s.SetattrIn.gid, set.gid);
    words(SetattrValid.ATIME, s.SetattrIn.atimensec, set.atimeNsec);
    words(SetattrValid.MTIME, s.SetattrIn.mtimensec, set.mtimeNsec);
    if (set.atime !== undefined) built.long(s.SetattrIn.atime, set.atime);
    if (set.mtime !== undefined) built.long(s.SetattrIn.mtime, set.mtime);
    if (set.size !== undefined) {
      valid |= SetattrValid.SIZE;
      built.long(s.SetattrIn.size, set.size);
    }
    return this.send(built.word(s.SetattrIn.valid, valid), attributes);
  }
  readlink(node: number): Answer<Uint8Array> {
    return this.send(this.ask(Opcode.READLINK, node, 0), bytes);
  }

  mknod(parent: number, name: string, mode: number, rdev: number, umask = 0, caller = MOUNTER): Answer<r.Found> {
    return this.send(this.ask(Opcode.MKNOD, parent, s.MknodIn.size_, caller)
      .word(s.MknodIn.mode, this.masked(mode, umask)).word(s.MknodIn.rdev, rdev).word(s.MknodIn.umask, umask).text(name).group(caller), entry);
  }
  mkdir(parent: number, name: string, mode: number, umask = 0, caller = MOUNTER): Answer<r.Found> {
    return this.send(this.ask(Opcode.MKDIR, parent, s.MkdirIn.size_, caller)
      .word(s.MkdirIn.mode, this.masked(mode, umask)).word(s.MkdirIn.umask, umask).text(name).group(caller), entry);
  }
  symlink(parent: number, name: string, target: string, caller = MOUNTER): Answer<r.Found> {
    return this.send(this.ask(Opcode.SYMLINK, parent, 0, caller).text(name).text(target).group(caller), entry);
  }
  link(source: number, parent: number, name: string): Answer<r.Found> {
    return this.send(this.ask(Opcode.LINK, parent, s.LinkIn.size_).node(s.LinkIn.oldnodeid, this.part.nodes, source).text(name), entry);
  }
  create(parent: number, name: string, flags: number, mode: number, umask = 0, caller = MOUNTER): Answer<r.CreatedFile> {
    return this.send(this.ask(Opcode.CREATE, parent, s.CreateIn.size_, caller)
      .word(s.CreateIn.flags, flags).word(s.CreateIn.mode, this.masked(mode, umask)).word(s.CreateIn.umask, umask).text(name).group(caller), this.created);
  }
  tmpfile(parent: number, flags: number, mode: number, umask = 0, caller = MOUNTER): Answer<r.CreatedFile> {
    return this.send(this.ask(Opcode.TMPFILE, parent, s.CreateIn.size_, caller)
      .word(s.CreateIn.flags, flags).word(s.CreateIn.mode, this.masked(mode, umask)).word(s.CreateIn.umask, umask).text('').group(caller), this.created);
  }
  private masked(mode: number, umask: number): number {
    return this.masks ? mode : mode & ~umask;
  }
  unlink(parent: number, name: string): Answer<0> {
    return this.send(this.ask(Opcode.UNLINK, parent, 0).text(name), nothing);
  }
  rmdir(parent: number, name: string): Answer<0> {
    return this.send(this.ask(Opcode.RMDIR, parent, 0).text(name), nothing);
  }
  rename(parent: number, name: string, newParent: number, newName: string, flags = 0): Answer<0> {
    return this.send(this.ask(Opcode.RENAME2, parent, s.Rename2In.size_)
      .node(s.Rename2In.newdir, this.part.nodes, newParent).word(s.Rename2In.flags, flags).text(name).text(newName), nothing);
  }

  open(node: number, flags: number, openFlags = 0): Answer<r.OpenedFile> {
    return this.send(this.ask(Opcode.OPEN, node, s.OpenIn.size_).word(s.OpenIn.flags, flags).word(s.OpenIn.open_flags, openFlags), this.opened);
  }
  release(node: number, handle: number, flags = 0): Answer<0> {
    return this.send(this.ask(Opcode.RELEASE, node, s.ReleaseIn.size_).handle(s.ReleaseIn.fh, handle).word(s.ReleaseIn.flags, flags), nothing);
  }
  /** A copy of up to TRANSFER bytes. */
  read(node: number, handle: number, offset: number, size: number): Answer<Uint8Array> {
    return this.send(this.ask(Opcode.READ, node, s.ReadIn.size_).handle(s.ReadIn.fh, handle).long(s.ReadIn.offset, offset).word(s.ReadIn.size, size), bytes);
  }
  /** Up to TRANSFER bytes; the number written. */
  write(node: number, handle: number, offset: number, data: Uint8Array): Answer<number> {
    return this.send(this.ask(Opcode.WRITE, node, s.WriteIn.size_).handle(s.WriteIn.fh, handle).long(s.WriteIn.offset, offset).word(s.WriteIn.size, data.length).bytes(data), word);
  }
  fsync(node: number, handle: number, dataOnly = false): Answer<0> {
    return this.send(this.ask(Opcode.FSYNC, node, s.FsyncIn.size_).handle(s.FsyncIn.fh, handle).word(s.FsyncIn.fsync_flags, dataOnly ? 1 : 0), nothing);
  }
  fallocate(node: number, handle: number, mode: number, offset: number, size: number): Answer<0> {
    return this.send(this.ask(Opcode.FALLOCATE, node, s.FallocateIn.size_)
      .handle(s.FallocateIn.fh, handle).long(s.FallocateIn.offset, offset).long(s.FallocateIn.length, size).word(s.FallocateIn.mode, mode), nothing);
  }
  lseek(node: number, handle: number, offset: number, whence: number): Answer<number> {
    return this.send(this.ask(Opcode.LSEEK, node, s.LseekIn.size_).handle(s.LseekIn.fh, handle).long(s.LseekIn.offset, offset).word(s.LseekIn.whence, whence), long);
  }
  copyFileRange(node: number, handle: number, offset: number, target: number, targetHandle: number, targetOffset: number, size: number): Answer<number> {
    return this.send(this.ask(Opcode.COPY_FILE_RANGE, node, s.CopyFileRangeIn.size_)
      .handle(s.CopyFileRangeIn.fh_in, handle).long(s.CopyFileRangeIn.off_in, offset).node(s.CopyFileRangeIn.nodeid_out, this.part.nodes, target)
      .handle(s.CopyFileRangeIn.fh_out, targetHandle).long(s.CopyFileRangeIn.off_out, targetOffset).long(s.CopyFileRangeIn.len, size), word);
  }

  opendir(node: number, flags = 0): Answer<r.OpenedFile> {
    return this.send(this.ask(Opcode.OPENDIR, node, s.OpenIn.size_).word(s.OpenIn.flags, flags), this.opened);
  }
  /** Entries behind a cookie of two words, 0 and 0 at the start; none: the end. */
  readdir(node: number, handle: number, low: number, high: number): Answer<r.Listing> {
    return this.send(this.ask(Opcode.READDIR, node, s.ReadIn.size_)
      .handle(s.ReadIn.fh, handle).word(s.ReadIn.offset, low).word(s.ReadIn.offset + 4, high).word(s.ReadIn.size, TRANSFER >> 4), listing);
  }
  releasedir(node: number, handle: number): Answer<0> {
    return this.send(this.ask(Opcode.RELEASEDIR, node, s.ReleaseIn.size_).handle(s.ReleaseIn.fh, handle), nothing);
  }
  fsyncdir(node: number, handle: number): Answer<0> {
    return this.send(this.ask(Opcode.FSYNCDIR, node, s.FsyncIn.size_).handle(s.FsyncIn.fh, handle), nothing);
  }
  statfs(node: number): Answer<FileSystemStatistics> {
    return this.send(this.ask(Opcode.STATFS, node, 0), statistics);
  }
  syncfs(node: number): Answer<0> {
    return this.send(this.ask(Opcode.SYNCFS, node, s.SyncfsIn.size_), nothing);
  }

  getxattr(node: number, name: string): Answer<Uint8Array> {
    return this.absent(this.send(this.ask(Opcode.GETXATTR, node, s.GetxattrIn.size_).word(s.GetxattrIn.size, XATTR_MAX).text(name), bytes));
  }
  listxattr(node: number): Answer<string[]> {
    return this.absent(this.send(this.ask(Opcode.LISTXATTR, node, s.GetxattrIn.size_).word(s.GetxattrIn.size, XATTR_MAX), names));
  }
  setxattr(node: number, name: string, value: Uint8Array, flags = 0, killSetgid = false): Answer<0> {
    const fixed = this.session.setxattrExt ? s.SetxattrIn.size_ : s.SetxattrIn.setxattr_flags;
    const built = this.ask(Opcode.SETXATTR, node, fixed).word(s.SetxattrIn.size, value.length).word(s.SetxattrIn.flags, flags);
    if (killSetgid && fixed === s.SetxattrIn.size_) built.word(s.SetxattrIn.setxattr_flags, 1);
    return this.absent(this.send(built.text(name).bytes(value), nothing));
  }
  removexattr(node: number, name: string): Answer<0> {
    return this.absent(this.send(this.ask(Opcode.REMOVEXATTR, node, 0).text(name), nothing));
  }
  /** A file system without extended attributes does not support them. */
  private absent<T>(answer: Answer<T>): Answer<T> {
    return answer === Errno.ENOSYS ? Errno.EOPNOTSUPP : answer;
  }
}
