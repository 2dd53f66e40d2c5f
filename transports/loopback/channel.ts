import { constants } from 'node:os';
import { Slot } from '../../core/channel/slot.js';
import { BufferedChannel } from '../../native/buffered-channel.js';
import { native } from '../../native/index.js';

const { EAGAIN } = constants.errno;

interface Call {
  readonly message: Uint8Array;
  readonly resolve: (reply: Uint8Array) => void;
  readonly reject: (error: Error) => void;
}

/** Both ends of a FUSE connection in one process: the session's is a channel, the client's is `request`. */
export class LoopbackChannel extends BufferedChannel {
  readonly #calls: (Call | undefined)[] = [];
  readonly #queue: Call[] = [];
  #woken = false;
  #closed = false;

  /** `onReady` is called, off the caller's stack, when requests wait. */
  constructor(slots: number, private readonly onReady: () => void) {
    super(slots, (base, count, payloads) => native.loopbackCreate(base, count, payloads));
  }

  /**
   * Sends a raw request, `fuse_in_header` first, of at most PAYLOAD_SIZE bytes; it is copied. Resolves with the raw reply,
   * `fuse_out_header` first, or with no bytes when the request has none (FORGET). Requests wait in order while no slot is
   * free. Rejects when the message is too long or the channel is closed.
   */
  request(message: Uint8Array): Promise<Uint8Array> {
    if (this.#closed) return Promise.reject(closed());
    return new Promise((resolve, reject) => {
      const call = { message, resolve, reject };
      if (this.#queue.length > 0 || !this.#submit(call)) this.#queue.push({ ...call, message: message.slice() });
    });
  }

  /** None: a reply is picked up when the session finishes it. */
  override shortcuts(): void {}

  override finish(slot: number, inline: number, payload: number): void {
    const call = this.#calls[slot];
    call?.resolve(this.#reply(slot, inline, payload));
    super.finish(slot, inline, payload);
    if (!call) return;
    this.#calls[slot] = undefined;
    while (this.#queue.length > 0 && this.#submit(this.#queue[0])) this.#queue.shift();
  }

  override close(): void {
    this.#closed = true;
    super.close();
    for (const call of [...this.#calls.splice(0), ...this.#queue.splice(0)]) call?.reject(closed());
  }

  /** False when no slot is free. */
  #submit(call: Call): boolean {
    const slot = native.loopbackSubmit(this.id, call.message);
    if (slot === -EAGAIN) return false;
    if (slot < 0) call.reject(new Error(`The request of ${call.message.length} bytes is refused: errno ${-slot}.`));
    else {
      this.#calls[slot] = call;
      this.#wake();
    }
    return true;
  }

  #wake(): void {
    if (this.#woken) return;
    this.#woken = true;
    queueMicrotask(() => {
      this.#woken = false;
      if (!this.#closed) this.onReady();
    });
  }

  #reply(slot: number, inline: number, payload: number): Uint8Array {
    const { u8 } = this.slab;
    const reply = new Uint8Array(inline + payload);
    const fixed = this.base + slot * Slot.SIZE + Slot.reply;
    const rest = this.payload(slot) + inline;
    reply.set(u8.subarray(fixed, fixed + inline));
    reply.set(u8.subarray(rest, rest + payload), inline);
    return reply;
  }
}

const closed = (): Error => new Error('The loopback channel is closed.');
