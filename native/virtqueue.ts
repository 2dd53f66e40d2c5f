import { Slot } from '../core/channel/slot.js';
import { ANSWER_WORDS, NativeChannel } from './channel.js';
import type { GuestMemory } from './guest-memory.js';
import { native } from './index.js';

/** What native/src/virtqueue_binding.cc exports. Results are >= 0 or a negative errno. */
export interface VirtqueueFunctions {
  virtqueueCreate(
    base: number, slots: number, memory: number, size: number, descriptors: number, available: number, used: number,
    next: number, flags: number,
  ): number;
  virtqueueTrack(id: number, fd: number, offset: number): number;
  virtqueueRemap(id: number): number;
  virtqueueNext(id: number): number;
  virtqueueSetCall(id: number, fd: number): void;
  virtqueueSetError(id: number, fd: number): void;
}

/** Which ring the two sides agreed on. */
export const enum VirtqueueFlag {
  /** VIRTIO_F_EVENT_IDX. */
  EVENT_INDEX = 1,
  /** VIRTIO_F_INDIRECT_DESC. */
  INDIRECT = 2,
  /** VIRTIO_F_RING_PACKED. */
  PACKED = 4,
}

/** Where a ring is and where to begin. Addresses are the front-end's own. */
export interface VirtqueueLayout {
  /** Entries: a power of two up to 32768. Of a packed ring `available` and `used` are the driver's and the device's event suppression area. */
  readonly size: number;
  readonly descriptors: number;
  readonly available: number;
  readonly used: number;
  /** The next available index, free-running, 16 bits; of a packed ring as in GET_VRING_BASE, 32 bits. */
  readonly next: number;
  /** `VirtqueueFlag`. */
  readonly flags: number;
}

/** Why a ring is served no further: the guest broke a rule of virtio 1.2, 2.7. Mirror of native/src/descriptor_chain.h. */
export enum Breach {
  NONE = 0,
  AVAILABLE_INDEX = 1,
  DESCRIPTOR_INDEX = 2,
  LENGTH = 3,
  INDIRECT = 4,
  INDIRECT_LENGTH = 5,
  ADDRESS = 6,
  ORDER = 7,
  TOTAL = 8,
  RING_MEMORY = 9,
  MEMORY_LOST = 10,
}

/** A guest that polls sees answers after so many of a batch, not only after the last. */
const EARLY = 4;

/** Words of slot 0's channel area, kept by native code (native/src/virtqueue.h). */
const enum Status {
  IN_FLIGHT = 0,
  BEHIND = 1,
  BREACH = 2,
}

/**
 * The device side of a virtqueue. A negative `drain` is for good: see `breach`. What is finished is listed in the
 * slab, and crosses to native code a few at a time and with the next `commit`.
 */
export class Virtqueue extends NativeChannel {
  readonly #status: number;
  /** Word index of the list of answers, and their number. */
  readonly #answers: number;
  #listed = 0;
  #closed = false;

  constructor(memory: GuestMemory, { size, descriptors, available, used, next, flags }: VirtqueueLayout, slots: number) {
    super(slots, (base) => native.virtqueueCreate(base, slots, memory.id, size, descriptors, available, used, next, flags));
    this.#status = (this.base + Slot.channel) >>> 2;
    this.#answers = (this.base + slots * (Slot.SIZE + Int32Array.BYTES_PER_ELEMENT)) >>> 2;
  }

  override finish(slot: number, inline: number, payload: number): void {
    if (this.#closed) return super.finish(slot, inline, payload);
    if (this.#listed === EARLY) this.#answer();
    const { u32 } = this.slab;
    const at = this.#answers + this.#listed++ * ANSWER_WORDS;
    u32[at] = slot;
    u32[at + 1] = inline;
    u32[at + 2] = payload;
    // The payload was copied to the guest when it was placed.
    this.givePayload(slot);
  }

  #answer(): void {
    const listed = this.#listed;
    this.#listed = 0;
    native.channelAnswer(this.id, listed);
  }

  override commit(): void {
    if (this.#closed) return;
    const listed = this.#listed;
    this.#listed = 0;
    native.channelCommit(this.id, listed);
  }

  override close(): void {
    const { u32 } = this.slab;
    for (let i = 0, at = this.#answers; i < this.#listed; i++, at += ANSWER_WORDS) super.finish(u32[at], u32[at + 1], u32[at + 2]);
    this.#listed = 0;
    this.#closed = true;
    super.close();
  }

  /** Requests fetched and not yet finished. */
  get inFlight(): number {
    return this.slab.u32[this.#status + Status.IN_FLIGHT];
  }

  /** True when the last `drain` left requests in the ring: drain again, no kick will come for them. */
  get starved(): boolean {
    return this.behind !== 0;
  }

  override get behind(): number {
    return this.slab.u32[this.#status + Status.BEHIND];
  }

  get breach(): Breach {
    return this.slab.u32[this.#status + Status.BREACH];
  }

  /** The next available index to be fetched: where the ring goes on in its next life. */
  get next(): number {
    return native.virtqueueNext(this.id);
  }

  /**
   * Keeps what is in flight in a file, from `offset` on (vhost-user spec, "Inflight I/O tracking"). What an earlier device
   * left there is fetched again, before anything else; the number of those requests, or -errno. To be called before the
   * first `drain`; the descriptor stays the caller's.
   */
  track(fd: number, offset: number): number {
    return native.virtqueueTrack(this.id, fd, offset);
  }

  /** Finds the ring in the memory in force. -errno: it is not there, and the queue is broken. */
  remap(): number {
    return native.virtqueueRemap(this.id);
  }

  /** The descriptor that interrupts the guest becomes the queue's; -1: none. */
  setCall(fd: number): void {
    native.virtqueueSetCall(this.id, fd);
  }

  /** The descriptor that tells the front-end of a breach becomes the queue's; -1: none. */
  setError(fd: number): void {
    native.virtqueueSetError(this.id, fd);
  }
}
