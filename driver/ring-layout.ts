import { DriverError } from './errors.js';
import type { GuestMemory } from './memory.js';

const align = (offset: number, to: number): number => Math.ceil(offset / to) * to;

/** Where the three parts of a split ring stand in guest memory (virtio 1.2, 2.7), offsets in bytes. */
export class RingLayout {
  readonly descriptors: number;
  readonly available: number;
  readonly used: number;

  /** `size` entries, a power of two up to 32768. */
  constructor(memory: GuestMemory, readonly size: number) {
    const available = 16 * size;
    const used = align(available + 6 + 2 * size, 4);
    this.descriptors = memory.take(used + 6 + 8 * size);
    if (this.descriptors < 0) throw new DriverError('ENOMEM', `no guest memory for a ring of ${size} entries`);
    this.available = this.descriptors + available;
    this.used = this.descriptors + used;
  }
}
