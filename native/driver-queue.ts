import { native } from './index.js';

/** What native/src/driver_binding.cc exports. Results are >= 0 or a negative errno; ids name memories and queues. */
export interface DriverFunctions {
  driverMemoryOpen(fd: number, size: number, guestAddress: number): number;
  driverMemoryBuffer(memory: number): ArrayBuffer;
  driverMemoryClose(memory: number, buffer: ArrayBuffer): void;
  driverQueueOpen(
    memory: number, size: number, descriptors: number, available: number, used: number, flags: number, kick: number,
  ): number;
  driverQueueAdd(queue: number, table: number, count: number): number;
  driverQueuePublish(queue: number): number;
  driverQueueReap(queue: number, pairs: Uint32Array, spin: number): number;
  driverQueueBase(queue: number): number;
  driverQueueClose(queue: number): void;
}

/** The shared mapping of a guest's memory. `close` detaches `buffer`: views of it then have length 0. */
export class DriverMemory {
  readonly buffer: ArrayBuffer;
  /** @internal */
  readonly id: number;

  /** Maps `size` bytes of `fd`, below 4 GiB; the guest sees the first of them at `guestAddress`. */
  constructor(fd: number, size: number, guestAddress: number) {
    this.id = native.driverMemoryOpen(fd, size, guestAddress);
    if (this.id < 0) throw new Error(`The guest memory cannot be mapped: errno ${-this.id}.`);
    this.buffer = native.driverMemoryBuffer(this.id);
  }

  close(): void {
    native.driverMemoryClose(this.id, this.buffer);
  }
}

/** Which ring the two sides agreed on. */
export const enum DriverQueueFlag {
  /** VIRTIO_F_INDIRECT_DESC. */
  INDIRECT = 1,
  /** VIRTIO_F_EVENT_IDX. */
  EVENT_INDEX = 2,
  /** The device need not call: whoever submits also reaps. */
  POLLED = 4,
  /** VIRTIO_F_RING_PACKED. */
  PACKED = 8,
}

/**
 * Where a ring's parts stand in the memory (virtio 1.2, 2.7 and 2.8), in bytes, aligned to 16, 2 and 4. Of a packed ring
 * `available` and `used` are the driver's and the device's event suppression area, aligned to 4.
 */
export interface DriverQueueLayout {
  /** Entries: a power of two up to 32768. */
  readonly size: number;
  readonly descriptors: number;
  readonly available: number;
  readonly used: number;
  /** `DriverQueueFlag`. */
  readonly flags: number;
  /** The kick eventfd; stays the caller's. */
  readonly kick: number;
}

/** The driver's side of a virtqueue (native/src/driver_queue.h). */
export class DriverQueue {
  /** @internal */
  readonly id: number;

  /** The ring's part of the memory is zero. */
  constructor(memory: DriverMemory, { size, descriptors, available, used, flags, kick }: DriverQueueLayout) {
    this.id = native.driverQueueOpen(memory.id, size, descriptors, available, used, flags, kick);
    if (this.id < 0) throw new Error(`The ring does not fit the guest memory: errno ${-this.id}.`);
  }

  /**
   * Adds a chain: `count` descriptors of a split ring, linked in order, at `table` in the memory, which stays the chain's
   * until it is reaped. What names it until then, below the ring's size; -EAGAIN when the ring is full.
   */
  add(table: number, count: number): number {
    return native.driverQueueAdd(this.id, table, count);
  }

  /** Shows the device what was added; 1 when that took a kick. */
  publish(): number {
    return native.driverQueuePublish(this.id);
  }

  /** Where a device goes on that has answered all it has fetched, as SET_VRING_BASE has it. */
  get base(): number {
    return native.driverQueueBase(this.id);
  }

  /**
   * Takes used chains into `pairs`: name and used length (unchecked) of each, watching up to `spin` microseconds for one.
   * Less than `pairs` holds: the device will call for the next. -EIO: the device broke the ring, which stays broken.
   */
  reap(pairs: Uint32Array, spin: number): number {
    return native.driverQueueReap(this.id, pairs, spin);
  }

  close(): void {
    native.driverQueueClose(this.id);
  }
}
