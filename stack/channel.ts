import { constants } from 'node:os';
import { Slot } from '../core/channel/slot.js';
import { asErrno, type Errno } from '../core/filesystem/errno.js';
import { OutHeader } from '../core/protocol/structs.js';
import type { Receiver } from '../core/session/receiver.js';
import { BufferedChannel } from '../native/buffered-channel.js';
import { native } from '../native/index.js';

const { EAGAIN } = constants.errno;

/** Takes a reply from the slab: byte offsets of its body, and of the payload of `length` bytes that follows. */
export type Decode<T> = (body: number, payload: number, length: number) => T;

/** At once where the file system answers at once. */
export type Answer<T> = T | Errno | Promise<T | Errno>;

interface Waiting {
  readonly message: Uint8Array;
  readonly decode: Decode<unknown>;
  readonly resolve: (answer: unknown) => void;
}

/** Both ends of a session in one process: a request is answered before `call` returns, if its handler does so. */
export class StackChannel extends BufferedChannel {
  /** What takes requests out; set once. */
  receiver!: Receiver;
  readonly #decode: (Decode<unknown> | undefined)[] = [];
  readonly #resolve: (((answer: unknown) => void) | undefined)[] = [];
  readonly #answers: unknown[] = [];
  readonly #queue: Waiting[] = [];

  constructor(slots: number) {
    super(slots, (base, count, payloads) => native.loopbackCreate(base, count, payloads));
  }

  /** Sends a raw request, which is copied; its reply as `decode` takes it, or a negative errno. */
  call<T>(message: Uint8Array, decode: Decode<T>): Answer<T> {
    if (this.#queue.length > 0) return this.#later(message, decode);
    const slot = native.loopbackSubmit(this.id, message);
    if (slot === -EAGAIN) return this.#later(message, decode);
    if (slot < 0) return asErrno(slot);
    this.#decode[slot] = decode;
    this.receiver.turn(0);
    if (this.#decode[slot] !== undefined) return new Promise((resolve) => (this.#resolve[slot] = resolve as (answer: unknown) => void));
    const answer = this.#answers[slot];
    this.#answers[slot] = undefined;
    return answer as T | Errno;
  }

  /** None: a reply is taken when the session finishes it. */
  override shortcuts(): void {}

  override finish(slot: number, inline: number, payload: number): void {
    const decode = this.#decode[slot];
    const answer = decode && this.#take(slot, inline, payload, decode);
    const resolve = this.#resolve[slot];
    this.#decode[slot] = undefined;
    this.#resolve[slot] = undefined;
    super.finish(slot, inline, payload);
    if (resolve) resolve(answer);
    else this.#answers[slot] = answer;
    if (this.#queue.length > 0) queueMicrotask(() => this.#next());
  }

  #take(slot: number, inline: number, payload: number, decode: Decode<unknown>): unknown {
    if (inline < OutHeader.size_) return 0;
    const reply = this.base + slot * Slot.SIZE + Slot.reply;
    const error = this.slab.i32[(reply + OutHeader.error) >> 2]!;
    return error < 0 ? error : decode(reply + OutHeader.size_, this.payload(slot) + inline, payload);
  }

  /** All slots wait for a handler. */
  #later<T>(message: Uint8Array, decode: Decode<T>): Promise<T | Errno> {
    return new Promise((resolve) => this.#queue.push({ message: message.slice(), decode, resolve: resolve as (answer: unknown) => void }));
  }

  #next(): void {
    const waiting = this.full ? undefined : this.#queue.shift();
    if (!waiting) return;
    const queued = this.#queue.splice(0);
    const answer = this.call(waiting.message, waiting.decode);
    this.#queue.unshift(...queued);
    if (answer instanceof Promise) void answer.then(waiting.resolve);
    else waiting.resolve(answer);
    if (this.#queue.length > 0) this.#next();
  }
}
