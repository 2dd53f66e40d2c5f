import { errnoName } from '../../core/filesystem/errno.js';
import type { Log } from '../../core/log.js';
import type { Receiver } from '../../core/session/receiver.js';
import type { Session } from '../../core/session/session.js';
import type { GuestMemory } from '../../native/guest-memory.js';
import { native } from '../../native/index.js';
import { Breach, VirtqueueFlag } from '../../native/virtqueue.js';
import type { InflightArea } from './inflight.js';
import { Kick } from './kick.js';
import { MAX_QUEUE_SIZE, type VringAddress } from './protocol/index.js';
import { Refusal } from './refusal.js';
import { VringChannel, type VringEvents } from './vring-channel.js';

/** How long requests in flight may take to finish by themselves when their ring is stopped, in milliseconds. */
const GRACE = 1000;
const NONE = -1;
/** The ring of FORGETs, which nobody waits for; virtio 1.2, 5.11.2. */
const HIPRIO = 0;
/** Requests of a ring in flight at once. What comes on the hiprio ring is done with at once. */
const SLOTS = 512;
const HIPRIO_SLOTS = 32;

/** What a ring needs of its device at its start. */
export interface VringDevice {
  readonly memory: GuestMemory;
  /** `VirtqueueFlag`, from the features in force. */
  readonly ringFlags: number;
  readonly inflight: InflightArea | undefined;
  readonly log: Log;
  /** Requests that each of its request rings may have in flight. */
  readonly slots: number;
  /** The guest broke a ring. */
  broken: boolean;
  /** The session of this guest, opened when its first ring starts. */
  session(): Session;
}

/**
 * One ring of the device (vhost-user spec, "Ring states"). It is configured while stopped, starts when it has a kick
 * descriptor and is enabled, and is stopped by GET_VRING_BASE, after which its descriptors must be sent again.
 */
export class Vring implements VringEvents {
  private size = 0;
  private base = 0;
  private address: VringAddress | undefined;
  private kick: Kick | undefined;
  private call = NONE;
  private error = NONE;
  private enabled = false;
  private channel: VringChannel | undefined;
  private receiver: Receiver | undefined;
  /** Requests that the ring had in flight when an earlier device went away. */
  private again = 0;
  private waking: NodeJS.Immediate | undefined;

  constructor(readonly index: number, private readonly device: VringDevice) {}

  get running(): boolean {
    return this.channel !== undefined;
  }

  setSize(size: number): Refusal | undefined {
    if (this.running) return this.refuse('size set while running');
    if (size < 1 || size > MAX_QUEUE_SIZE || (size & (size - 1)) !== 0) return this.refuse(`size ${size}`);
    this.size = size;
    return undefined;
  }

  setBase(base: number): Refusal | undefined {
    if (this.running) return this.refuse('base set while running');
    this.base = base;
    return undefined;
  }

  setAddress(address: VringAddress): Refusal | undefined {
    // A front-end that begins to log what is written says where the ring is once more; the log finds it by itself.
    if (this.running && this.isAt(address)) return undefined;
    if (this.running) return this.refuse('address set while running');
    this.address = address;
    return undefined;
  }

  private isAt({ descriptors, available, used }: VringAddress): boolean {
    return this.address?.descriptors === descriptors && this.address.available === available && this.address.used === used;
  }

  /** Takes the descriptor; without one the guest would have to be polled. */
  setKick(fd: number | undefined): Refusal | undefined {
    if (fd === undefined) return this.refuse('no kick descriptor');
    this.kick?.close();
    this.kick = new Kick(fd);
    return this.channel ? this.listen(this.channel) : this.startIfReady();
  }

  /** Takes the descriptor; it may change while the ring runs. */
  setCall(fd = NONE): void {
    if (this.channel) return this.channel.setCall(fd);
    if (this.call !== NONE) native.closeFd(this.call);
    this.call = fd;
  }

  setError(fd = NONE): void {
    if (this.channel) return this.channel.setError(fd);
    if (this.error !== NONE) native.closeFd(this.error);
    this.error = fd;
  }

  enable(enabled: boolean): Refusal | undefined {
    this.enabled = enabled;
    if (!this.channel) return this.startIfReady();
    this.channel.enabled = enabled;
    if (enabled) this.run();
    return undefined;
  }

  /** Follows a change of guest memory. */
  remap(): void {
    this.channel?.remap();
  }

  /** Fetches nothing more and waits until what is in flight is answered: the next available index. */
  async stop(): Promise<number> {
    const { channel } = this;
    if (channel) {
      channel.enabled = false;
      const hurry = setTimeout(() => this.receiver?.session.inFlight.abortAll(), GRACE);
      await channel.settled();
      clearTimeout(hurry);
      if (channel === this.channel) this.base = channel.next;
    }
    this.halt();
    return this.base;
  }

  /** Lets go of the ring at once, as before its first start; replies to what is in flight go nowhere. */
  close(): void {
    this.halt();
    this.enabled = false;
  }

  private halt(): void {
    clearImmediate(this.waking);
    this.waking = undefined;
    this.kick?.close();
    this.kick = undefined;
    this.channel?.close();
    this.channel = undefined;
    this.receiver = undefined;
    this.setCall();
    this.setError();
  }

  private startIfReady(): Refusal | undefined {
    if (!this.enabled || !this.kick) return undefined;
    if (!this.address || this.size === 0) return this.refuse('started without size and address');
    const { device, size, base } = this;
    const { descriptors, available, used } = this.address;
    const flags = device.ringFlags;
    const layout = { size, descriptors, available, used, next: (flags & VirtqueueFlag.PACKED) === 0 ? base & 0xffff : base, flags };
    try {
      this.channel = new VringChannel(device.memory, layout, this.index === HIPRIO ? HIPRIO_SLOTS : Math.min(SLOTS, device.slots), this);
    } catch (error) {
      return this.refuse((error as Error).message);
    }
    const refusal = this.track(this.channel);
    if (refusal) return refusal;
    this.channel.enabled = true;
    this.channel.setCall(this.call);
    this.channel.setError(this.error);
    this.call = this.error = NONE;
    this.receiver = device.session().attach(this.channel, this.index > HIPRIO);
    this.receiver.again = this.again;
    this.receiver.session.journal?.started(this.again);
    return this.listen(this.channel);
  }

  private track(channel: VringChannel): Refusal | undefined {
    const area = this.device.inflight?.ring(this.index, this.size);
    const again = area ? channel.track(area.fd, area.offset) : 0;
    if (again < 0) {
      this.channel = undefined;
      channel.close();
      return this.refuse(`in-flight area: ${errnoName(again)}`);
    }
    this.again = again;
    if (again > 0) this.device.log.info({ ring: this.index, requests: again }, 'requests of an earlier device are served again');
    return undefined;
  }

  private listen(channel: VringChannel): Refusal | undefined {
    try {
      this.kick?.listen(channel, () => this.run());
    } catch (error) {
      return this.refuse((error as Error).message);
    }
    // What the guest put there before, perhaps for an earlier back-end, comes without a kick.
    this.run();
    return undefined;
  }

  private run(): void {
    this.receiver?.run();
  }

  starved(): void {
    this.waking ??= setImmediate(() => {
      this.waking = undefined;
      this.run();
    });
  }

  broken(breach: Breach): void {
    this.device.broken = true;
    this.device.log.warn({ ring: this.index, breach: Breach[breach] }, 'the guest broke a virtqueue, which is served no further');
  }

  private refuse(reason: string): Refusal {
    return new Refusal(`ring ${this.index}: ${reason}`);
  }
}
