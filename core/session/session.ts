import { Columns } from '../channel/columns.js';
import type { Channel } from '../channel/channel.js';
import type { Dispatcher } from '../dispatch/dispatcher.js';
import type { RequestContext } from '../filesystem/context.js';
import { Errno } from '../filesystem/errno.js';
import { HandleKind, HandleTable } from '../filesystem/handles.js';
import type { NodeTable } from '../filesystem/nodes.js';
import type { Request } from '../filesystem/request.js';
import type { Release } from '../filesystem/requests/index.js';
import { descriptors } from '../limits/descriptors.js';
import { type Limits, NO_LIMITS, Refusals } from '../limits/limits.js';
import type { LockService } from '../locks/service.js';
import type { Log } from '../log.js';
import type { IdMaps } from '../mapping/id-maps.js';
import type { XattrMap } from '../mapping/xattr-map.js';
import { OpenFlag } from '../protocol/flags.js';
import { InitFlag } from '../protocol/init-flag.js';
import { Opcode } from '../protocol/opcode.js';
import { BackingFiles } from './backing-files.js';
import type { CachePolicy } from './cache-policy.js';
import type { Journal } from '../state/journal.js';
import { InFlight } from './in-flight.js';
import type { InitOffer } from './init.js';
import { Lookups } from './lookups.js';
import { has, type InitFlags, negotiate, type TransportLimits } from './negotiate.js';
import { Polling } from './polling.js';
import { Receiver } from './receiver.js';
import { Round } from './round.js';
import { ShortcutSettings, shortcuts } from './shortcuts.js';
import { Traffic } from './traffic.js';

/** What the sessions of one mount share. */
export interface MountContext {
  readonly plugin: Dispatcher;
  readonly nodes: NodeTable;
  readonly cache: CachePolicy;
  readonly log: Log;
  /** Microseconds to watch a channel for more before sleeping; 0: never. */
  readonly poll: number;
  /** Channels may answer plain requests by themselves; absent: the plugin sees every request. */
  readonly shortcuts?: boolean;
  /** The locks of all sessions; absent when each guest's kernel keeps its own. */
  readonly locks?: LockService | undefined;
  /** What each guest may hold; absent: as much as there is. */
  readonly guestLimits?: Limits | undefined;
  /** How ids and names of extended attributes are mapped between guests and plugin; absent: not at all. */
  readonly idMaps?: IdMaps | undefined;
  readonly xattrMap?: XattrMap | undefined;
  /** INIT flags that are not agreed to. */
  readonly off?: ReadonlySet<InitFlag> | undefined;
}

/**
 * One connection of one kernel to one mount, from INIT to DESTROY or disconnect; after DESTROY the same kernel may INIT
 * again. It knows what that kernel holds (look-ups, handles, requests under way) and gives all of it back at the end.
 */
export class Session implements RequestContext {
  private readonly columns = new Columns();
  /** Its channels that have work. */
  readonly round = new Round();
  private readonly shortcuts: ShortcutSettings;
  readonly handles = new HandleTable(this.columns);
  readonly inFlight = new InFlight();
  readonly lookups: Lookups;
  readonly idMaps: IdMaps | undefined;
  readonly xattrMap: XattrMap | undefined;
  readonly traffic = new Traffic();
  readonly refusals = new Refusals();
  private readonly most: Limits;
  /** Its handles are file descriptors of this process. */
  private readonly opensFiles: boolean;
  setxattrExt = false;
  writeback = false;
  supplementaryGroups = false;
  submounts = false;
  readonly defaultPermissions: boolean;
  /** The kernel may keep names; see `checksAccess` and `judgesNames`. */
  private readonly keepsNames: boolean;
  private readonly hearsCloses: boolean;
  /** INIT has been answered and DESTROY not yet seen. */
  running = false;
  /** Counts ends; an asynchronous reply of an earlier life is dropped. */
  life = 0;
  private closed = false;
  /** Writes down what the session holds, for a process that comes after this one; absent: nobody does. */
  journal: Journal | undefined;

  constructor(readonly mount: MountContext, readonly limits: TransportLimits, private readonly onClose: () => void = () => {}) {
    this.most = mount.guestLimits ?? NO_LIMITS;
    this.opensFiles = mount.guestLimits !== undefined && mount.plugin.definition?.opensFiles === true;
    this.lookups = new Lookups(mount.nodes, this.columns, this.most.nodes);
    this.shortcuts = new ShortcutSettings(this.columns, mount.cache);
    this.traffic.show(this.columns);
    this.idMaps = mount.idMaps;
    this.xattrMap = mount.xattrMap;
    this.defaultPermissions = limits.defaultPermissions !== false;
    const { judgesNames, checksAccess } = mount.plugin.definition ?? {};
    this.hearsCloses = mount.plugin.hearsCloses;
    mount.nodes.follow(this.trim);
    this.keepsNames = judgesNames !== true && (this.defaultPermissions || checksAccess !== true);
  }

  /**
   * Serves a channel; several channels may belong to one session (the queues of a device). One that nobody waits for,
   * as FORGETs, is not `watched`.
   */
  attach(channel: Channel, watched = true): Receiver {
    channel.shortcuts(this.mount.nodes.columns, this.columns);
    const receiver = new Receiver(this, channel, new Polling(watched ? this.mount.poll : 0));
    if (!watched) this.unwatched = receiver;
    return receiver;
  }

  /**
   * Has what waits in the channel that is not watched answered, by the way, when another one's batch has been: its ring
   * may be small, and a guest that has no room for a FORGET waits.
   */
  sweep(after: Receiver): void {
    if (this.unwatched !== after) this.unwatched?.sweep();
  }
  private unwatched: Receiver | undefined;

  /** Agrees on flags with the kernel; a second INIT without DESTROY starts the session anew. */
  init(offer: InitOffer): InitFlags {
    if (this.running) this.end();
    const agreed = negotiate(offer, { plugin: this.mount.plugin, cache: this.mount.cache, limits: this.limits, xattrMap: this.xattrMap, off: this.mount.off });
    this.agree(agreed, offer.minor);
    this.journal?.init(agreed, offer.minor);
    this.mount.log.debug({ minor: offer.minor, flags: agreed.flags.toString(16), flags2: agreed.flags2.toString(16) }, 'session started');
    return agreed;
  }

  /** Runs with the flags that were agreed on, now or in an earlier process. */
  agree(agreed: InitFlags, minor: number): void {
    this.agreed = { flags: agreed, minor };
    this.setxattrExt = has(agreed, InitFlag.SETXATTR_EXT);
    this.writeback = has(agreed, InitFlag.WRITEBACK_CACHE);
    this.supplementaryGroups = has(agreed, InitFlag.CREATE_SUPP_GROUP);
    this.submounts = has(agreed, InitFlag.SUBMOUNTS);
    this.backing = has(agreed, InitFlag.PASSTHROUGH) ? new BackingFiles(this.limits.backing!, this.columns) : undefined;
    this.noOpen = has(agreed, InitFlag.NO_OPEN_SUPPORT);
    this.noOpendir = has(agreed, InitFlag.NO_OPENDIR_SUPPORT);
    this.running = !this.closed;
    if (this.running) this.shortcuts.allow(this.journal ? 0 : this.shortcutOpcodes());
  }
  /** What INIT was answered with, to a kernel of this minor version. */
  agreed: { readonly flags: InitFlags; readonly minor: number } | undefined;
  /** PASSTHROUGH was agreed. */
  private backing: BackingFiles | undefined;
  /** The kernel understands ENOSYS of OPEN or OPENDIR as "never ask again". */
  noOpen = false;
  noOpendir = false;

  /** Ends what INIT began: interrupts what waits, closes every handle, forgets every look-up. */
  end(): void {
    if (!this.running) return;
    this.running = false;
    this.shortcuts.allow(0);
    this.life++;
    this.inFlight.abortAll();
    this.handles.forEach((index, kind, node, handle) => {
      this.closeHandle(index, kind, node);
      this.release(kind === HandleKind.FILE ? Opcode.RELEASE : Opcode.RELEASEDIR, node, handle, index);
    });
    this.mount.locks?.ended(this);
    this.lookups.clear((node) => this.gone(node));
    this.call(Opcode.DESTROY, undefined);
    this.journal?.ended();
  }

  private shortcutOpcodes(): number {
    const { plugin, shortcuts: wanted } = this.mount;
    return wanted ? shortcuts({ plugin, mapsIds: this.idMaps !== undefined, keepsNames: this.keepsNames, writeback: this.writeback }) : 0;
  }

  /** Writes what it holds down, from now on. Every request has to come by here then. */
  keep(journal: Journal): void {
    this.journal = journal;
    this.shortcuts.allow(0);
  }

  /** The transport has lost the kernel. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.end();
    this.mount.nodes.unfollow(this.trim);
    this.onClose();
  }

  private readonly trim = (size: number): void => {
    this.lookups.trim(size);
    this.backing?.trim(size);
  };

  /** FORGET: the kernel gives `count` look-ups of the node id back. */
  forget(node: number, generation: number, count: number): void {
    if (!this.knows(node, generation)) return;
    const last = this.lookups.forget(node, count);
    this.journal?.forgotten(node, count);
    if (last) this.gone(node);
  }

  /** Tells the plugin that nobody refers to `node` any more. */
  gone(node: number): void {
    this.call(Opcode.FORGET, node);
  }

  /** Closes a handle that its kernel cannot close any more. */
  release(opcode: Opcode.RELEASE | Opcode.RELEASEDIR, node: number, handle: number, openIndex = 0): void {
    const release: Release = { node, handle, flags: 0, releaseFlags: 0, openIndex, session: this };
    this.call(opcode, release);
  }

  knows(node: number, generation: number): boolean {
    return this.lookups.knows(node, generation);
  }
  admitsNode(node = 0): number {
    if (!this.lookups.full || this.lookups.count(node) > 0) return 0;
    this.refusals.nodes++;
    return Errno.ENOMEM;
  }
  admitsHandle(): number {
    const { count } = this.handles;
    if (count < this.most.handles && (!this.opensFiles || descriptors.allows(count))) return 0;
    this.refusals.handles++;
    return Errno.ENFILE;
  }
  holdsAlone(node: number): boolean {
    return this.mount.nodes.references[node] === this.lookups.count(node);
  }
  unused(node: number): void {
    if (!(this.mount.nodes.references[node]! > 0)) this.gone(node);
  }
  handOut(node: number): number {
    const generation = this.lookups.add(node);
    if (this.journal !== undefined) this.journal.handedOut(node);
    return generation;
  }
  entryTimeout(u32: Uint32Array, seconds: number, nanoseconds: number, override: number | undefined, negative: boolean): void {
    const { cache } = this.mount;
    cache.put(u32, seconds, nanoseconds, this.keepsNames ? (override ?? (negative ? cache.negativeTimeout : cache.timeout)) : 0);
  }
  attrTimeout(u32: Uint32Array, seconds: number, nanoseconds: number, override: number | undefined, node: number): void {
    const { cache } = this.mount;
    const timeout = this.backing?.changes(node) ? 0 : cache.timeout;
    cache.put(u32, seconds, nanoseconds, override ?? timeout);
  }
  get backs(): boolean {
    return this.backing !== undefined;
  }
  back(node: number, fd: number, mayStore: boolean): number {
    return this.backing?.opened(node, this.mount.nodes.generations[node]!, fd, mayStore) ?? 0;
  }
  opened(index: number, kind: HandleKind, node: number, flags: number): void {
    this.opensOne();
    if (this.journal !== undefined) this.journal.opened(index, kind, node, flags);
  }
  closeHandle(index: number, kind: HandleKind, node: number): void {
    this.handles.close(index);
    if (this.opensFiles) descriptors.give();
    if (this.journal !== undefined) this.journal.closed(index);
    if (kind === HandleKind.FILE) this.backing?.released(node);
  }
  /** A handle was added to those it holds. */
  opensOne(): void {
    if (this.opensFiles) descriptors.take();
  }
  openFlags(flags: number, directory: boolean): number {
    return this.mount.cache.openFlags(this.hearsCloses ? flags & ~OpenFlag.NOFLUSH : flags, directory);
  }
  signal(request: Request<unknown>): AbortSignal {
    return this.inFlight.signal(request);
  }

  /** Calls a handler whose answer nobody waits for; its failure is logged. */
  private call(opcode: Opcode, argument: unknown): void {
    const failed = (error: unknown) => this.threw(opcode, error);
    try {
      const result = this.mount.plugin.table[opcode]?.(argument);
      if (result instanceof Promise) result.catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  /** One log line for a handler that threw: a bug in the plugin. */
  threw(opcode: Opcode, error: unknown, node?: number, unique?: number): void {
    this.mount.log.error({ opcode: Opcode[opcode], node, unique, err: error }, `${this.mount.plugin.name}: handler of ${Opcode[opcode]} failed`);
  }
}
