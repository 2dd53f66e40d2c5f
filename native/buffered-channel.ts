import { PAYLOAD_SIZE } from '../core/channel/slot.js';
import { NativeChannel } from './channel.js';
import { allocate, release } from './slab-pool.js';

/** A channel whose slots own their payload buffers; native/src/buffered_channel.h says what stands in them. */
export abstract class BufferedChannel extends NativeChannel {
  readonly #payloads: number;

  protected constructor(slots: number, create: (base: number, slots: number, payloads: number) => number) {
    const payloads = allocate(slots * PAYLOAD_SIZE);
    try {
      super(slots, (base) => create(base, slots, payloads));
    } catch (error) {
      release(payloads, slots * PAYLOAD_SIZE);
      throw error;
    }
    this.#payloads = payloads;
  }

  override payload(slot: number): number {
    return this.#payloads + slot * PAYLOAD_SIZE;
  }

  protected override givePayload(): void {}

  protected override free(): void {
    super.free();
    release(this.#payloads, this.slots * PAYLOAD_SIZE);
  }
}
