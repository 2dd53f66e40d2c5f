import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { type Backing, Scratch, scratch } from '../conformance/cells/places.js';

/** What a server holds: nodes that a kernel refers to, the length of its columns by node, fds, bytes in use and resident. */
export interface Holding {
  readonly nodes: number;
  readonly columns: number;
  readonly fds: number;
  readonly memory: number;
  readonly rss: number;
}

/** A file system served by a process of its own and mounted on this host. */
export class Mounted {
  private constructor(readonly at: string, private readonly child: ReturnType<typeof fork>) {}

  /** `limits` are those of prlimit(1) on the server's open files, as in `1024:20000`. */
  static async serve(filesystem: object, place: string, limits?: string): Promise<Mounted> {
    const at = path.join(place, 'mount');
    mkdirSync(at);
    const config = { mounts: [{ name: 'scale', transport: { use: 'fuse', mountpoint: at }, filesystem, timeout: '1h' }] };
    const main = path.join(import.meta.dirname, 'server.js');
    const node = ['--enable-source-maps', '--expose-gc', '--max-semi-space-size=16'];
    const limited = limits ? { execPath: 'prlimit', execArgv: [`--nofile=${limits}`, process.execPath, ...node] } : { execArgv: node };
    const child = fork(main, [JSON.stringify(config)], limited);
    const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`the server ended with ${code}`)));
    ended.catch(() => {});
    await Promise.race([once(child, 'message'), ended]);
    return new Mounted(at, child);
  }

  /** What the server holds, after a garbage collection. */
  async holds(): Promise<Holding> {
    this.child.send('');
    return (await once(this.child, 'message'))[0] as Holding;
  }

  /** Lets the kernel forget all that it is not using, and waits until the server has heard of it. */
  async forget(): Promise<Holding> {
    execFileSync('mount', ['-i', '-o', 'remount', this.at]);
    for (;;) {
      const holding = await this.holds();
      if (holding.nodes === 0) break;
    }
    // Columns are cut when nothing lingers any more, which the server's clock makes soon.
    await delay(1000);
    return this.holds();
  }

  async end(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.disconnect();
    await ended;
  }
}

export type Kind = 'memory' | Backing;

/** Runs a test on a host mount of memory, and of passthrough on ext4 and tmpfs; skipped, with the reason, where it cannot run. */
export function onMounts(title: string, run: (t: ExecutionContext, serve: (limits?: string) => Promise<Mounted>) => Promise<void>, kinds: readonly Kind[] = ['memory', 'ext4', 'tmpfs']): void {
  for (const kind of kinds) {
    const what = `${title} (${kind === 'memory' ? kind : `passthrough on ${kind}`})`;
    const reason = missing(kind);
    if (reason) test.skip(`${what}: ${reason}`, (t) => t.fail());
    else test.serial(what, (t) => served(t, kind, run));
  }
}

function missing(kind: Kind): string | undefined {
  if (!existsSync('/dev/fuse') || process.geteuid!() !== 0) return 'needs root and /dev/fuse';
  using place = kind === 'memory' ? new Scratch() : scratch(kind);
  return place ? undefined : `no directory on ${kind}`;
}

async function served(t: ExecutionContext, kind: Kind, run: (t: ExecutionContext, serve: (limits?: string) => Promise<Mounted>) => Promise<void>): Promise<void> {
  t.timeout(3_600_000);
  using place = kind === 'memory' ? new Scratch() : scratch(kind)!;
  const source = path.join(place.path, 'source');
  mkdirSync(source);
  const filesystem = kind === 'memory' ? { use: 'memory', size: '4GiB' } : { use: 'passthrough', source };
  let mounted: Mounted | undefined;
  try {
    await run(t, async (limits) => (mounted = await Mounted.serve(filesystem, place.path, limits)));
  } finally {
    await mounted?.end();
  }
}
