import { type Config, type FileSystemSelection, type MountConfig, nearest, type Selection } from './config/index.js';
import { MountBusy, MountExists, NoChanges, NoShares, OnlyTransport, UnknownPlace, UnknownServedMount, UnknownShare, UserError, WritebackShared } from './errors.js';
import type { ShareTree } from './filesystem/share-tree.js';
import type { ChangeSet } from './filesystem/change-set.js';
import { type Log, silent } from './log.js';
import { Mount } from './mount.js';
import type { Registry } from './registry.js';
import { type MountStats, mountStats, type MountSummary, mountSummary } from './stats.js';

/** A mount and what is being done with it. */
interface Entry {
  readonly mount: Mount;
  state: 'starting' | 'serving' | 'stopping';
  /** Resolves when it has started, or could not. */
  started: Promise<unknown>;
}

/** Serves mounts, which come and go. What befalls one of them never stops another. */
export class Server {
  private readonly table = new Map<string, Entry>();
  private stopped = false;
  /** Resolves when the last mount has ended by itself, as when somebody unmounts; never while one goes on. */
  readonly ended: Promise<void>;
  private settle!: () => void;

  constructor(private readonly registry: Registry, private readonly log: Log = silent) {
    this.ended = new Promise((resolve) => (this.settle = resolve));
  }

  /** Starts every mount. Those that cannot start are logged; when none can, the first one's error is thrown. */
  static async start(config: Pick<Config, 'mounts'>, registry: Registry, log: Log = silent): Promise<Server> {
    const server = new Server(registry, log);
    const results = await Promise.allSettled(config.mounts.map((mount) => server.add(mount)));
    const failed = results.flatMap((result, index) => (result.status === 'rejected' ? [{ reason: result.reason as unknown, mount: config.mounts[index]!.name }] : []));
    if (failed.length > 0 && failed.length === results.length) throw failed[0]!.reason;
    for (const { reason, mount } of failed) log.error({ mount, ...explain(reason) }, `${mount} is not served: ${(reason as Error).message}`);
    return server;
  }

  /** The mounts that are served, in the order of their start. */
  get mounts(): readonly Mount[] {
    return [...this.table.values()].filter(({ state }) => state === 'serving').map(({ mount }) => mount);
  }

  /** Starts one more mount. Throws, and changes nothing, when it cannot start; the others never notice. */
  async add(config: MountConfig): Promise<Mount> {
    const { name } = config;
    if (this.table.has(name)) throw MountExists(name);
    const mount = new Mount(config, this.registry, this.log);
    const starting = mount.start();
    const entry: Entry = { mount, state: 'starting', started: starting.catch(() => {}) };
    this.table.set(name, entry);
    try {
      await starting;
    } catch (error) {
      this.table.delete(name);
      throw error;
    }
    if (this.stopped) throw MountBusy(name, 'stopping');
    entry.state = 'serving';
    void mount.ended.then(() => this.retire(mount));
    return mount;
  }

  /** Stops a mount and forgets it, even when a part of it could not be stopped in order; that error is thrown then. */
  async remove(name: string): Promise<void> {
    const entry = this.entry(name);
    entry.state = 'stopping';
    try {
      await entry.mount.stop();
    } finally {
      this.table.delete(name);
    }
    this.log.info({ mount: name }, 'removed');
  }

  /** Serves a mount over one more transport. */
  async attach(name: string, transport: Selection): Promise<void> {
    const { mount } = this.entry(name);
    if (mount.cache.writeback) throw WritebackShared(name);
    await mount.attach(transport);
  }

  /** Ends one transport of a mount, which is named by its socket or mountpoint. */
  async detach(name: string, place: string): Promise<void> {
    const { mount } = this.entry(name);
    const attachments = [...mount.attachments];
    const attachment = attachments.find((one) => one.place === place);
    if (!attachment) throw UnknownPlace(name, place, attachments.map((one) => one.place ?? one.selection.use));
    if (attachments.length === 1) throw OnlyTransport(name);
    await mount.detach(attachment);
  }

  /** Adds a file system to the root of a mount whose root is a list of them. */
  async addShare(mount: string, name: string, filesystem: FileSystemSelection): Promise<void> {
    await this.shares(mount).add(name, filesystem);
    this.log.info({ mount, share: name }, 'share added');
  }

  /** Takes one away: its name is gone at once, and what is open in it goes on until it is closed. */
  removeShare(mount: string, name: string): void {
    const shares = this.shares(mount);
    if (!shares.remove(name)) throw UnknownShare(mount, name, nearest(name, Object.keys(shares.selections)));
  }

  private shares(name: string): ShareTree {
    const { mount } = this.entry(name);
    if (!mount.shares) throw NoShares(name, mount.config.filesystem.use);
    return mount.shares;
  }

  /** A mount that is served. */
  mount(name: string): Mount {
    return this.entry(name).mount;
  }

  /** The change set of a mount. */
  changes(name: string): ChangeSet {
    const { mount } = this.entry(name);
    if (!mount.changes) throw NoChanges(name, mount.config.filesystem.use);
    return mount.changes;
  }

  /** Stops every mount, whatever befalls one of them; the first error is thrown afterwards. */
  async stop(): Promise<void> {
    this.stopped = true;
    const results = await Promise.allSettled([...this.table.values()].map(async ({ mount, started }) => {
      await started;
      if (this.table.has(mount.name)) await mount.stop();
    }));
    this.table.clear();
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  /** What each mount is, and how it is reached. */
  list(): MountSummary[] {
    return [...this.table.values()].map(({ mount, state }) => mountSummary(mount, state));
  }

  /** What each mount has done and holds. */
  stats(): MountStats[] {
    return this.mounts.map(mountStats);
  }

  private entry(name: string): Entry {
    const entry = this.table.get(name);
    if (!entry) throw UnknownServedMount(name, nearest(name, [...this.table.keys()]));
    if (entry.state !== 'serving') throw MountBusy(name, entry.state);
    return entry;
  }

  /** A mount that has ended by itself is taken away. */
  private async retire(mount: Mount): Promise<void> {
    if (this.table.get(mount.name)?.mount !== mount) return;
    this.log.info({ mount: mount.name }, 'ended by itself');
    await this.remove(mount.name).catch((error: unknown) => this.log.warn({ mount: mount.name, err: error }, 'could not be stopped in order'));
    if (this.table.size === 0) this.settle();
  }
}

/** What a log line says of an error: the hint of what a user did, the stack of a bug. */
function explain(error: unknown): object {
  return error instanceof UserError ? (error.hint ? { hint: error.hint } : {}) : { err: error };
}
