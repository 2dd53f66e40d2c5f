import { setImmediate } from 'node:timers/promises';
import { Host, Logger, Options, Transport } from '../../core/filesystem/decorators.js';
import { Errno, errnoName } from '../../core/filesystem/errno.js';
import type { Log } from '../../core/log.js';
import type { Receiver } from '../../core/session/receiver.js';
import type { Session } from '../../core/session/session.js';
import type { SessionHost, TransportInstance } from '../../core/transport.js';
import { FuseChannel } from '../../native/fuse.js';
import { mount, unmount } from './mount.js';
import { prepareMountpoint } from './mountpoint.js';
import { type FuseOptions, options } from './options.js';

/** How long requests that wait may take when the transport stops, in milliseconds. */
const GRACE = 1000;
/** Requests in flight between kernel and server. */
const SLOTS = 64;
const LIMITS = { maxWrite: 1 << 20, maxPages: 256, maxBackground: SLOTS };

/** Mounts on a directory of this host through /dev/fuse; fuse(4). */
@Transport({ name: 'fuse', options, description: 'mounts on a directory of this host through /dev/fuse' })
export class FuseTransport implements TransportInstance {
  private channel: FuseChannel | undefined;
  private session: Session | undefined;
  private receiver: Receiver | undefined;
  private settle!: () => void;
  /** Resolves when the file system is unmounted, by `stop` or by anybody else. */
  readonly ended = new Promise<void>((resolve) => (this.settle = resolve));

  constructor(@Options() private readonly options: FuseOptions, @Host() private readonly host: SessionHost, @Logger() private readonly log: Log) {}

  async start(): Promise<void> {
    const { mountpoint, subtype } = this.options;
    await prepareMountpoint(mountpoint, subtype);
    const fd = await mount(this.host.name, this.options, LIMITS.maxWrite);
    const channel = this.channel = new FuseChannel(fd, SLOTS, () => this.run());
    this.session = this.host.openSession({ ...LIMITS, defaultPermissions: this.options.default_permissions, backing: this.options.passthrough ? channel : undefined });
    this.receiver = this.session.attach(this.channel);
    this.run();
  }

  private run(): void {
    const error = this.receiver!.run();
    if (error >= 0) return;
    if (error !== Errno.ENODEV) this.log.error({ error: errnoName(error) }, `${this.options.mountpoint}: the connection failed`);
    this.end();
  }

  private end(): void {
    this.channel?.close();
    this.channel = undefined;
    this.session?.close();
    this.settle();
  }

  async stop(): Promise<void> {
    if (this.channel) await unmount(this.options.mountpoint);
    await this.drained();
    await this.session?.inFlight.settled(GRACE);
    this.end();
  }

  /** Answers what is on its way: the kernel hands over the next of its delayed writes as soon as one is answered. */
  private async drained(): Promise<void> {
    for (let before = -1; this.channel && this.requests !== before;) {
      before = this.requests;
      this.run();
      await setImmediate();
    }
  }

  private get requests(): number {
    return this.session!.traffic.requests.reduce((sum, count) => sum + count, 0);
  }
}
