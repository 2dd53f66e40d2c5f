import type { Channel } from '../channel/channel.js';
import { Slot } from '../channel/slot.js';
import type { IdMaps } from '../mapping/id-maps.js';
import { InHeader, OutHeader } from '../protocol/structs.js';
import { NAME_MAX, OpenFlag } from '../protocol/flags.js';
import { decodeName } from '../protocol/names.js';
import type { RequestContext } from './context.js';
import { Errno } from './errno.js';
import type { Inside } from './inside.js';
import type { Done } from './result.js';
import { type HandleKind, NO_HANDLE } from './handles.js';

const NO_MAPS: readonly IdMaps[] = [];
const NOWHERE: Inside[] = [];
/** Longest symlink target or name in a request, plus its NUL. */
const STRING_MAX = 4096;

/**
 * One request of one opcode, seen in place in its slot: fields are read from the slab when asked for and nothing is
 * copied. Objects are made once per slot and opcode and used again, so a handler must not keep one after it has answered.
 *
 * A subclass decodes its arguments (`begin`) and encodes its reply (`encode`). `begin` has checked lengths, names, node
 * ids and handles before a handler sees the request.
 */
export abstract class Request<T = never> {
  protected readonly u32: Uint32Array;
  protected readonly u8: Uint8Array;
  /** Word index of the message's header and of its arguments. */
  protected readonly head: number;
  protected readonly args: number;
  /** Word index of the reply's body. */
  protected readonly out: number;
  /** Byte offset in the slab of the message. */
  protected readonly at: number;
  private readonly i32: Int32Array;
  /** Word index of `Slot.body`. */
  private readonly lengths: number;
  /** Of the file system that the request has been passed on to, where it has been. */
  private innerHandle = NO_HANDLE;
  /** The same of the second node of a request that names two. */
  private innerSecond = 0;
  private innerSecondHandle = NO_HANDLE;
  /** The file systems that it is answered in, from the outside in; `depth` of them count. */
  private insides = NOWHERE;

  /** `context`: the session of the channel. */
  constructor(
    readonly channel: Channel,
    readonly slot: number,
    protected readonly context: RequestContext,
  ) {
    this.u32 = channel.slab.u32;
    this.i32 = channel.slab.i32;
    this.lengths = (channel.base + slot * Slot.SIZE + Slot.body) >> 2;
    this.u8 = channel.slab.u8;
    this.at = channel.base + slot * Slot.SIZE + Slot.request;
    this.head = this.at >> 2;
    this.args = this.head + (InHeader.size_ >> 2);
    this.out = (channel.base + slot * Slot.SIZE + Slot.reply + OutHeader.size_) >> 2;
  }

  /** Bytes of the reply's body that stand in the slot, and bytes of payload placed behind them. */
  get body(): number {
    return this.i32[this.lengths]!;
  }
  set body(bytes: number) {
    this.i32[this.lengths] = bytes;
  }
  get sent(): number {
    return this.i32[this.lengths + 1]!;
  }
  set sent(bytes: number) {
    this.i32[this.lengths + 1] = bytes;
  }

  /** The node the request is about: a small number, checked to be one that this session was given. */
  get node(): number {
    return this.inner === 0 ? this.asked : this.inner;
  }
  /** Both are 0 from the start of each request. */
  private get inner(): number {
    return this.u32[this.lengths + 2]!;
  }
  protected get isPassedOn(): boolean {
    return this.inner !== 0;
  }
  protected get depth(): number {
    return this.u32[this.lengths + 3]!;
  }
  private set depth(count: number) {
    this.u32[this.lengths + 3] = count;
  }
  /** The node that the kernel named, whomever the request has been passed on to. */
  protected get asked(): number {
    return this.u32[this.head + (InHeader.nodeid >> 2)]!;
  }
  /**
   * Lets another file system's handler answer, to which the request is about its own `node` and, if any, its own `handle`.
   * Not for requests that name a second node, nor for those that open or make something.
   */
  passOn(node: number, handle = NO_HANDLE): void {
    this.u32[this.lengths + 2] = node;
    this.innerHandle = handle;
  }
  /** The same for the second node of a request that names two, in each request before `passOn`. */
  passSecondOn(node: number, handle = NO_HANDLE): void {
    this.innerSecond = node;
    this.innerSecondHandle = handle;
  }
  /**
   * To be called beside `passOn` for any request: nodes in the reply are those of `inside` until `comeBack`, and are shown
   * as it says. Both are called by the file system around it, which then passes the request back on to its own nodes.
   */
  passInto(inside: Inside): void {
    if (this.insides === NOWHERE) this.insides = [];
    this.insides[this.depth++] = inside;
  }
  /** `maps`: `idMapsPassed` before the request went in. */
  comeBack(maps: readonly IdMaps[]): void {
    this.depth--;
    this.maps = maps;
  }
  /** Of the layers it has come through so far. */
  get idMapsPassed(): readonly IdMaps[] {
    return this.maps;
  }
  /** The number by which the kernel, or with `outermost` a layer in so many others, knows a node of the reply. */
  protected shownNode(node: number, outermost = 0): number {
    let shown = node;
    for (let i = this.depth - 1; i >= outermost && shown !== 0; i--) shown = this.insides[i]!.shown(shown);
    return shown;
  }
  /** A node of the reply has been shown, and the reply cannot be given. */
  protected unshownNode(node: number): void {
    if (this.depth > 0) this.insides[this.depth - 1]!.unshown(node);
  }
  /** A node of the reply is not given out after all. */
  protected keepNode(node: number): void {
    if (this.depth === 0) this.context.unused(node);
    else this.unshownNode(node);
  }
  /** A node was found that is not shown. */
  protected unusedNode(node: number): void {
    if (this.depth > 0) this.insides[this.depth - 1]!.unused(node);
    else this.context.unused(node);
  }
  /** The file's data may be moved past the file systems that the request has come through. */
  protected get bare(): boolean {
    for (let i = 0; i < this.depth; i++) if (!this.insides[i]!.bare) return false;
    return true;
  }
  /** Open flags after all that the request has come through, and after the session. */
  protected allowedFlags(flags: number, directory: boolean): number {
    let allowed = flags;
    for (let i = 0; i < this.depth; i++) if (this.insides[i]!.hearsCloses) allowed &= ~OpenFlag.NOFLUSH;
    return this.context.openFlags(allowed, directory);
  }
  /** Seconds for which a name is kept, absent: the cache policy's. */
  protected nameTimeout(seconds: number | undefined): number | undefined {
    for (let i = 0; i < this.depth; i++) if (this.insides[i]!.judgesNames) return 0;
    return seconds;
  }
  /** The second node that a request names, whose number the message has at argument byte `offset`. */
  protected secondNode(offset: number): number {
    return this.inner === 0 || this.innerSecond === 0 ? this.u32[this.args + (offset >> 2)]! : this.innerSecond;
  }
  /** The plugin's number of the handle at `index`, which is of the second node. */
  protected secondHandleValue(index: number): number {
    if (this.inner !== 0 && this.innerSecond !== 0) return this.innerSecondHandle;
    return index === 0 ? NO_HANDLE : this.context.handles.value(index);
  }
  /** Of all kernels, only the one that asks knows the node. */
  isKnownToNoOther(node: number): boolean {
    return this.context.holdsAlone(node);
  }
  /** Who asks: user and group, as the mount's maps make them of the guest's, and process id as the guest's kernel sees it. */
  get uid(): number {
    return this.u32[this.head + (InHeader.uid >> 2)]!;
  }
  get gid(): number {
    return this.u32[this.head + (InHeader.gid >> 2)]!;
  }
  get pid(): number {
    return this.u32[this.head + (InHeader.pid >> 2)]!;
  }
  /** Aborted when the caller was interrupted or is gone; only asynchronous handlers need it. */
  get signal(): AbortSignal {
    return this.context.signal(this as Request<unknown>);
  }
  /** An open may name a file of this host that the kernel then reads and writes by itself. */
  get backs(): boolean {
    return this.context.backs;
  }
  /** WRITEBACK_CACHE is on: open for writing means reading too, and the kernel appends by itself. */
  get writeback(): boolean {
    return this.context.writeback;
  }
  /** The kernel understands `AttrFlag.SUBMOUNT`. */
  get submounts(): boolean {
    return this.context.submounts;
  }
  /** Access has been judged by the kernel. Otherwise a plugin that `checksAccess` judges it, for `uid`, `gid` and the groups of `member`. */
  get defaultPermissions(): boolean {
    return this.context.defaultPermissions;
  }
  /** The process whose supplementary groups are the caller's; 0: it has none, since they are not those of the file system. */
  get member(): number {
    return this.context.idMaps === undefined && this.maps.length === 0 ? this.pid : 0;
  }

  /** Those of the layers that its requests come through, outermost first: always the same ones, but for what it is passed into. */
  private maps: readonly IdMaps[] = NO_MAPS;

  /** Goes on to what a layer wraps, whose ids are other ones: replies are mapped back. 0, or the errno to answer with. */
  enter(idMaps: IdMaps): number {
    if (!this.maps.includes(idMaps)) this.maps = [...this.maps, idMaps];
    return this.mapIds(idMaps);
  }
  /** Puts the guest's ids in place of the file system's, at word `at` and the next one. */
  protected toGuest(at: number): void {
    for (let i = this.maps.length - 1; i >= 0; i--) this.maps[i]!.toGuest(this.u32, at);
    this.context.idMaps?.toGuest(this.u32, at);
  }

  /** As `begin`, where ids are mapped. */
  beginMapped(idMaps: IdMaps): number {
    const error = this.mapIds(idMaps);
    return error < 0 ? error : this.begin();
  }

  /** Puts the file system's ids in place of the guest's. A forbidden caller is NOBODY, and refused only where an owner is set. */
  protected mapIds(idMaps: IdMaps): number {
    idMaps.toHost(this.u32, this.head + (InHeader.uid >> 2));
    return 0;
  }
  /** Takes over a message whose header has been checked, decodes and checks what follows it; 0, or the errno to answer with. */
  abstract begin(): number;
  /** Encodes a handler's reply; 0, or the errno to answer with instead. `Done` means it stands in place already. */
  abstract encode(result: T | Done): number;

  /** Length of the whole message in bytes, header included; bounded by what the transport delivered. */
  protected get length(): number {
    return this.u32[this.head]!;
  }
  /** Bytes of arguments that stand in the slot. */
  protected get inline(): number {
    return Math.min(this.length, this.u32[(this.at - Slot.request + Slot.inInline) >> 2]!) - InHeader.size_;
  }
  /** Byte offset in the slab of the argument bytes. */
  protected get argsAt(): number {
    return this.at + InHeader.size_;
  }
  /** Room for the reply's payload in bytes, behind a body of `body` bytes. */
  protected room(body: number): number {
    return this.u32[(this.at - Slot.request + Slot.outCapacity) >> 2]! - OutHeader.size_ - body;
  }

  /** True when the id at argument byte `offset` names a node of this session. */
  protected atNode(offset: number): boolean {
    const at = this.args + (offset >> 2);
    return this.context.knows(this.u32[at]!, this.u32[at + 1]!);
  }

  /** Index of the handle whose wire form stands at argument byte `offset`: 0 for "not opened", -1 when it is not valid. */
  protected handleIndex(offset: number, kind: HandleKind, node: number): number {
    const index = this.u32[this.args + (offset >> 2)]!;
    const generation = this.u32[this.args + (offset >> 2) + 1]!;
    if (index === 0 && generation === 0) return 0;
    return this.context.handles.holds(index, generation, kind, node) ? index : -1;
  }
  protected handleValue(index: number): number {
    if (this.inner !== 0) return this.innerHandle;
    return index === 0 ? NO_HANDLE : this.context.handles.value(index);
  }

  /**
   * Length of the NUL-terminated string at argument byte `start`, or a negative errno when it is not terminated within
   * the message.
   */
  protected stringLength(start: number): number {
    const end = this.argsAt + Math.min(this.inline, start + STRING_MAX);
    for (let i = this.argsAt + start; i < end; i++) {
      if (this.u8[i] === 0) return i - this.argsAt - start;
    }
    return this.inline > start + STRING_MAX ? Errno.ENAMETOOLONG : Errno.EINVAL;
  }

  /** As `stringLength`, for the name of a directory entry: no `/`, not `.` or `..`, not empty, at most NAME_MAX bytes. */
  protected nameLength(start: number): number {
    const length = this.stringLength(start);
    if (length < 0) return length;
    if (length > NAME_MAX) return Errno.ENAMETOOLONG;
    const at = this.argsAt + start;
    if (length === 0) return Errno.EINVAL;
    if (this.u8[at] === 0x2e && (length === 1 || (length === 2 && this.u8[at + 1] === 0x2e))) return Errno.EINVAL;
    for (let i = at; i < at + length; i++) if (this.u8[i] === 0x2f) return Errno.EINVAL;
    return length;
  }
  protected text(start: number, length: number): string {
    return decodeName(this.u8, this.argsAt + start, length);
  }
  /** Copies argument bytes that may lie outside of the slot. */
  protected bytes(start: number, length: number): Uint8Array {
    const target = new Uint8Array(length);
    this.channel.get(this.slot, InHeader.size_ + start, target, 0, length);
    return target;
  }
}
