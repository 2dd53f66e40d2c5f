import { container, type DependencyContainer } from 'tsyringe';
import { build, compose } from './compose.js';
import { type MountConfig, transportsOf } from './config/index.js';
import type { Dispatcher } from './dispatch/dispatcher.js';
import { tokens } from './filesystem/decorators.js';
import { NodeTable } from './filesystem/nodes.js';
import { LockService } from './locks/service.js';
import type { Log } from './log.js';
import { IdMaps } from './mapping/id-maps.js';
import { XattrMap } from './mapping/xattr-map.js';
import { PASS_ALL } from './mapping/xattr-rules.js';
import { PartBuilder } from './parts.js';
import type { Registry } from './registry.js';
import { CachePolicy } from './session/cache-policy.js';
import type { TransportLimits } from './session/negotiate.js';
import { type MountContext, Session } from './session/session.js';
import type { SessionHost, TransportInstance } from './transport.js';

/**
 * One mount of a config brought to life: a file system, its node table and its transports, built in a child container.
 * Kernels that come by different transports are sessions of the one file system.
 */
export class Mount implements SessionHost, MountContext {
  readonly name: string;
  readonly nodes = new NodeTable();
  readonly cache: CachePolicy;
  readonly poll: number;
  readonly shortcuts: boolean;
  readonly locks: LockService | undefined;
  readonly idMaps: IdMaps | undefined;
  readonly xattrMap: XattrMap | undefined;
  readonly plugin: Dispatcher;
  readonly sessions = new Set<Session>();
  readonly transports: readonly TransportInstance[];
  private readonly abort = new AbortController();
  /** The file system has started. */
  private running = false;
  private readonly container: DependencyContainer = container.createChildContainer();
  private readonly parts: PartBuilder;

  constructor(readonly config: MountConfig, registry: Registry, readonly log: Log) {
    this.name = config.name;
    this.poll = Math.round(config.poll * 1e6);
    this.shortcuts = config.shortcuts;
    this.cache = new CachePolicy({ mode: config.cache, timeout: config.timeout, writeback: config.writeback });
    this.container.register(tokens.log, { useValue: log });
    this.container.register(tokens.nodes, { useValue: this.nodes });
    this.container.register(tokens.signal, { useValue: this.abort.signal });
    this.container.register(tokens.host, { useValue: this });
    this.parts = new PartBuilder(registry, this.container, log);
    this.locks = config.locks === 'server' ? new LockService() : undefined;
    const { squash, uidMap, gidMap, xattrMap } = config;
    this.idMaps = squash ?? (uidMap || gidMap ? new IdMaps(uidMap, gidMap) : undefined);
    // ACLs hold ids that would have to be mapped, too.
    this.xattrMap = xattrMap || this.idMaps ? new XattrMap(xattrMap ?? PASS_ALL, this.idMaps === undefined) : undefined;
    this.plugin = compose(this.container, registry, config.filesystem, (table) => this.locks?.extend(table));
    this.transports = transportsOf(config).map(([, transport]) => build(this.container, registry.transport(transport.use)!.Class, transport.options));
  }

  /** The first transport; most mounts have one. */
  get transport(): TransportInstance {
    return this.transports[0]!;
  }

  /** Resolves when every transport has ended by itself; never when there is one that does not. */
  get ended(): Promise<unknown> {
    const never = new Promise<void>(() => {});
    return Promise.all(this.transports.map((transport) => transport.ended ?? never));
  }

  /** Starts the file system, its parts first, then its transports; when one cannot start, all that did are stopped and its error is thrown. */
  async start(): Promise<void> {
    const started: TransportInstance[] = [];
    try {
      await this.parts.start();
      await this.plugin.start();
      this.running = true;
      for (const transport of this.transports) {
        await transport.start();
        started.push(transport);
      }
    } catch (error) {
      await this.end(started);
      throw error;
    }
    this.log.info({ mount: this.name, transport: transportsOf(this.config).map(([, { use }]) => use).join(', ') }, 'serving');
  }

  async stop(): Promise<void> {
    this.abort.abort();
    await this.end(this.transports);
  }

  private async end(transports: readonly TransportInstance[]): Promise<void> {
    await Promise.all(transports.map((transport) => transport.stop()));
    for (const session of this.sessions) session.close();
    if (this.running) await this.plugin.stop();
    await this.parts.stop();
    await this.container.dispose();
  }

  openSession(limits: TransportLimits): Session {
    const session = new Session(this, limits, () => this.sessions.delete(session));
    this.sessions.add(session);
    return session;
  }
}
