import { DriverError } from './errors.js';
import type { GuestMemory } from './memory.js';

/** Bytes of an event suppression area of a packed ring. */
const EVENT_AREA = 4;
const align = (offset: number, to: number): number => Math.ceil(offset / to) * to;

/** Where the three parts of a ring stand in guest memory (virtio 1.2, 2.7 and 2.8), offsets in bytes. */
export class RingLayout {
  readonly descriptors: number;
  readonly available: number;
  readonly used: number;

  /** `size` entries, a power of two up to 32768. */
  constructor(memory: GuestMemory, readonly size: number, packed: boolean) {
    const available = 16 * size;
    const used = align(available + (packed ? EVENT_AREA : 6 + 2 * size), 4);
    this.descriptors = memory.take(used + (packed ? EVENT_AREA : 6 + 8 * size));
    if (this.descriptors < 0) throw new DriverError('ENOMEM', `no guest memory for a ring of ${size} entries`);
    this.available = this.descriptors + available;
    this.used = this.descriptors + used;
  }
}
