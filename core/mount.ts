import { container, type DependencyContainer } from 'tsyringe';
import { Attachment } from './attachment.js';
import { build, compose } from './compose.js';
import { type MountConfig, placeOf, type Selection, transportsOf } from './config/index.js';
import type { Dispatcher } from './dispatch/dispatcher.js';
import { MountBusy } from './errors.js';
import type { ChangeSet } from './filesystem/change-set.js';
import { tokens } from './filesystem/decorators.js';
import { NodeTable } from './filesystem/nodes.js';
import type { Persistence } from './filesystem/persistence.js';
import { limitsSchema } from './config/limits.js';
import { type Limits, Refusals } from './limits/limits.js';
import type { ShareTree } from './filesystem/share-tree.js';
import { LockService } from './locks/service.js';
import type { Log } from './log.js';
import { IdMaps } from './mapping/id-maps.js';
import { XattrMap } from './mapping/xattr-map.js';
import { PASS_ALL, REFUSE_ALL } from './mapping/xattr-rules.js';
import { PartBuilder } from './parts.js';
import type { Registry } from './registry.js';
import type { InitFlag } from './protocol/init-flag.js';
import { CachePolicy } from './session/cache-policy.js';
import { flagsOff } from './session/features.js';
import type { MountContext, Session } from './session/session.js';
import { Traffic } from './session/traffic.js';
import type { TransportInstance } from './transport.js';

/**
 * One mount of a config brought to life: a file system, its node table and its transports, built in a child container.
 * Kernels that come by different transports are sessions of the one file system; transports come and go while it is served.
 */
export class Mount implements MountContext {
  readonly name: string;
  readonly nodes = new NodeTable();
  readonly cache: CachePolicy;
  readonly poll: number;
  readonly shortcuts: boolean;
  readonly guestLimits: Limits;
  readonly locks: LockService | undefined;
  readonly idMaps: IdMaps | undefined;
  readonly xattrMap: XattrMap | undefined;
  readonly off: ReadonlySet<InitFlag>;
  readonly plugin: Dispatcher;
  readonly attachments = new Set<Attachment>();
  /** Resolves when every transport has ended by itself; never while there is one that does not. */
  readonly ended: Promise<void>;
  private settle!: () => void;
  /** What went through sessions that are over. */
  private readonly past = new Traffic();
  private readonly pastRefusals = new Refusals();
  private stopping: Promise<void> | undefined;
  private readonly abort = new AbortController();
  /** The file system has started. */
  private running = false;
  private readonly container: DependencyContainer = container.createChildContainer();
  private readonly parts: PartBuilder;

  constructor(private readonly given: MountConfig, private readonly registry: Registry, readonly log: Log) {
    this.name = given.name;
    this.ended = new Promise((resolve) => (this.settle = resolve));
    this.poll = Math.round(given.poll * 1e6);
    this.shortcuts = given.shortcuts;
    this.guestLimits = given.limits ?? limitsSchema.parse({});
    this.cache = new CachePolicy({ mode: given.cache, timeout: given.timeout, writeback: given.writeback });
    this.container.register(tokens.log, { useValue: log });
    this.container.register(tokens.nodes, { useValue: this.nodes });
    this.container.register(tokens.signal, { useValue: this.abort.signal });
    this.parts = new PartBuilder(registry, this.container, log);
    const keepsLocks = given.locks === 'server' || (given.locks === 'auto' && transportsOf(given).length > 1);
    this.locks = keepsLocks ? new LockService(this.guestLimits.locks, (session) => (session as Session).refusals.locks++) : undefined;
    const { squash, uidMap, gidMap, xattrMap } = given;
    this.idMaps = squash ?? (uidMap || gidMap ? new IdMaps(uidMap, gidMap) : undefined);
    const { disable = [] } = given;
    this.off = flagsOff(disable);
    // ACLs hold ids that would have to be mapped, too.
    const acls = this.idMaps === undefined && !disable.includes('acl');
    const names = disable.includes('xattr') ? REFUSE_ALL : xattrMap;
    this.xattrMap = names || !acls ? new XattrMap(names ?? PASS_ALL, acls) : undefined;
    this.plugin = compose(this.container, registry, given.filesystem, (table) => this.locks?.extend(table));
    const { persistence } = this;
    if (persistence) persistence.onMoved = (node) => this.attachments.forEach(({ sessions }) => sessions.forEach((session) => session.journal?.moved(node)));
    for (const [, transport] of transportsOf(given)) this.attachments.add(this.attachment(transport));
  }

  private attachment(selection: Selection): Attachment {
    const { Class, options } = this.registry.transport(selection.use)!;
    return new Attachment(this, selection, placeOf(selection, options),
      (host) => build(this.container.createChildContainer().register(tokens.host, { useValue: host }), Class, selection.options),
      ({ traffic, refusals }) => {
        this.past.add(traffic);
        this.pastRefusals.add(refusals);
      });
  }

  /** The config of this mount, with the transports and shares that it has now. */
  get config(): MountConfig {
    const { filesystem } = this.given;
    const now = this.shares ? { ...filesystem, options: { ...filesystem.options as object, shares: this.shares.selections } } : filesystem;
    return { ...this.given, filesystem: now, transport: [...this.attachments].map(({ selection }) => selection) };
  }

  get transports(): readonly TransportInstance[] {
    return [...this.attachments].map(({ transport }) => transport);
  }

  get persistence(): Persistence | undefined {
    return (this.plugin.plugin as { persistence?: Persistence }).persistence;
  }

  /** Where file systems come and go in its root. */
  get shares(): ShareTree | undefined {
    return (this.plugin.plugin as { shares?: ShareTree }).shares;
  }

  /** Absent: the file system keeps no changes apart. */
  get changes(): ChangeSet | undefined {
    return (this.plugin.plugin as { changes?: ChangeSet }).changes;
  }

  /** The first transport; most mounts have one. */
  get transport(): TransportInstance {
    return this.transports[0]!;
  }

  get sessions(): ReadonlySet<Session> {
    return new Set([...this.attachments].flatMap(({ sessions }) => [...sessions]));
  }

  /** What went through all sessions since the start. */
  get traffic(): Traffic {
    const sum = new Traffic().add(this.past);
    for (const { traffic } of this.sessions) sum.add(traffic);
    return sum;
  }

  /** What its limits kept from guests since the start. */
  get refusals(): Refusals {
    const sum = new Refusals().add(this.pastRefusals);
    for (const { refusals } of this.sessions) sum.add(refusals);
    return sum;
  }

  /** Starts the file system, its parts first, then its transports; when one cannot start, all that did are stopped and its error is thrown. */
  async start(): Promise<void> {
    const started: Attachment[] = [];
    try {
      await this.parts.start();
      await this.plugin.start();
      this.running = true;
      for (const { transport } of this.attachments) transport.restore?.(true);
      for (const attachment of this.attachments) {
        await attachment.transport.start();
        started.push(attachment);
      }
    } catch (error) {
      this.stopping = this.end(started);
      await this.stopping.catch((later: unknown) => this.log.warn({ mount: this.name, err: later }, 'could not be stopped in order'));
      throw error;
    }
    for (const attachment of started) this.watch(attachment);
    this.log.info({ mount: this.name, transport: started.map(({ selection }) => selection.use).join(', ') }, 'serving');
  }

  /** Serves the file system over one more transport. Throws, and changes nothing, when it cannot start. */
  async attach(selection: Selection): Promise<void> {
    const attachment = this.attachment(selection);
    attachment.transport.restore?.(false);
    await attachment.transport.start();
    if (this.abort.signal.aborted) {
      await attachment.stop();
      throw MountBusy(this.name, 'stopping');
    }
    this.attachments.add(attachment);
    this.watch(attachment);
    if (this.given.locks === 'auto' && !this.locks) this.log.warn({ mount: this.name }, 'each kernel keeps file locks of its own; `locks: server` makes them common');
    this.log.info({ mount: this.name, transport: selection.use, place: attachment.place }, 'attached');
  }

  /** Ends one transport and the sessions of its kernels; the others go on. */
  async detach(attachment: Attachment): Promise<void> {
    if (!this.attachments.delete(attachment)) return;
    await attachment.stop();
    this.log.info({ mount: this.name, transport: attachment.selection.use, place: attachment.place }, 'detached');
  }

  private watch(attachment: Attachment): void {
    void attachment.transport.ended?.then(async () => {
      if (this.abort.signal.aborted || !this.attachments.has(attachment)) return;
      if (this.attachments.size === 1) this.settle();
      else await this.detach(attachment).catch((error: unknown) => this.log.warn({ mount: this.name, place: attachment.place, err: error }, 'a transport could not be ended in order'));
    });
  }

  /** Ends everything, whatever part of it fails; the first error is thrown afterwards. */
  stop(): Promise<void> {
    this.abort.abort();
    return (this.stopping ??= this.end([...this.attachments]));
  }

  private async end(attachments: readonly Attachment[]): Promise<void> {
    const errors: unknown[] = [];
    const attempt = async (step: () => unknown): Promise<void> => {
      try {
        await step();
      } catch (error) {
        errors.push(error);
      }
    };
    await Promise.all(attachments.map((attachment) => attempt(() => attachment.stop())));
    if (this.running) await attempt(() => this.plugin.stop());
    await attempt(() => this.parts.stop());
    await attempt(() => this.container.dispose());
    if (errors.length > 0) throw errors[0];
  }
}
