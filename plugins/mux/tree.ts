import type { FileSystemSelection } from '../../core/config/index.js';
import { ShareExists } from '../../core/errors.js';
import type { NodeTable } from '../../core/filesystem/nodes.js';
import type { ShareTree } from '../../core/filesystem/share-tree.js';
import type { Log } from '../../core/log.js';
import type { PartBuilder } from '../../core/parts.js';
import { Numbers } from './numbers.js';
import { Share } from './share.js';

/** Cookies of `.` and `..` in the root's listing; those of shares follow. */
const FIRST_COOKIE = 3;

/** The shares of a mux, which come and go while it is served. What befalls one of them never stops another. */
export class Tree implements ShareTree {
  readonly numbers: Numbers;
  /** In the order of their cookies. */
  private readonly shares = new Map<string, Share>();
  private readonly starting = new Set<string>();
  /** Those that were removed while something was open in them. */
  private readonly leaving = new Set<Share>();
  private nextCookie = FIRST_COOKIE;
  /** When a share came or went last, in milliseconds. */
  changed = Date.now();

  constructor(nodes: NodeTable, private readonly parts: PartBuilder, readonly announced: boolean, private readonly log: Log) {
    this.numbers = new Numbers(nodes);
  }

  get selections(): Readonly<Record<string, FileSystemSelection>> {
    return Object.fromEntries([...this.shares].map(([name, { selection }]) => [name, selection]));
  }
  get all(): IterableIterator<Share> {
    return this.shares.values();
  }
  get count(): number {
    return this.shares.size;
  }
  get(name: string): Share | undefined {
    return this.shares.get(name);
  }

  /** Starts these; those that cannot are logged, and when none can, the first one's error is thrown. */
  async start(selections: Readonly<Record<string, FileSystemSelection>>): Promise<void> {
    const names = Object.keys(selections);
    const results = await Promise.allSettled(names.map((name) => this.add(name, selections[name]!)));
    const failed = results.flatMap((result, i) => (result.status === 'rejected' ? [{ share: names[i], reason: result.reason as Error }] : []));
    if (failed.length > 0 && failed.length === names.length) throw failed[0]!.reason;
    for (const { share, reason } of failed) this.log.error({ share, err: reason }, `share ${share} is not served: ${reason.message}`);
  }

  async add(name: string, selection: FileSystemSelection): Promise<void> {
    if (this.shares.has(name) || this.starting.has(name)) throw ShareExists(name);
    this.starting.add(name);
    try {
      const { part, group } = this.parts.buildApart(selection);
      await group.start();
      this.shares.set(name, new Share(name, selection, this.nextCookie++, part, group, this.numbers));
      this.changed = Date.now();
    } finally {
      this.starting.delete(name);
    }
  }

  remove(name: string): boolean {
    const share = this.shares.get(name);
    if (!share) return false;
    this.shares.delete(name);
    this.changed = Date.now();
    this.leaving.add(share);
    share.onStopped = (error) => {
      this.leaving.delete(share);
      if (error === undefined) this.log.info({ share: name }, 'share removed');
      else this.log.warn({ share: name, err: error }, 'a share could not be stopped in order');
    };
    share.leave();
    return true;
  }

  /** Stops all of them, whatever befalls one; the first error is thrown afterwards. */
  async stop(): Promise<void> {
    const errors: unknown[] = [];
    const shares = [...this.shares.values()];
    for (const share of shares) share.onStopped = (error) => error !== undefined && errors.push(error);
    await Promise.all([...shares, ...this.leaving].map((share) => share.stop()));
    if (errors.length > 0) throw errors[0];
  }
}
