import { constants } from 'node:os';
import { DriverQueue, DriverQueueFlag } from '../native/driver-queue.js';
import { native } from '../native/index.js';
import { READABLE, type Watch, watch } from '../native/watch.js';
import type { Chain } from './chain.js';
import { check, DriverError } from './errors.js';
import { Fifo } from './fifo.js';
import type { GuestMemory } from './memory.js';
import { RingLayout } from './ring-layout.js';

/** What came back: `length` as the device wrote it into the used ring, `bytes` at most the chain's capacity. */
export interface Used {
  readonly length: number;
  readonly bytes: Uint8Array;
}

export interface QueueOptions {
  /** Entries of the ring. */
  readonly size: number;
  readonly indirect: boolean;
  readonly eventIndex: boolean;
  readonly packed: boolean;
  /** Microseconds to watch the used ring at a time, instead of waiting for a call; 0: never. */
  readonly spin: number;
}

interface InFlight {
  readonly chain: Chain;
  readonly resolve: (used: Used) => void;
  readonly reject: (error: DriverError) => void;
}

/** One virtqueue, driver side. What does not fit waits its turn, in order. */
export class Queue {
  readonly layout: RingLayout;
  readonly kick: number;
  readonly call: number;
  /** The device signals it when it cannot go on with the ring. */
  readonly error: number;
  readonly #ring: DriverQueue;
  readonly #watches: Watch[];
  readonly #flying: (InFlight | undefined)[] = [];
  readonly #waiting = new Fifo<InFlight>();
  readonly #idle: (() => void)[] = [];
  readonly #pairs: Uint32Array;
  readonly #spin: number;
  #count = 0;
  #scheduled = false;
  #polling = false;
  #failure: DriverError | undefined;

  constructor(private readonly memory: GuestMemory, { size, indirect, eventIndex, packed, spin }: QueueOptions) {
    this.layout = new RingLayout(memory, size, packed);
    this.kick = check(native.eventfdCreate(), 'eventfd');
    this.call = check(native.eventfdCreate(), 'eventfd');
    this.error = check(native.eventfdCreate(), 'eventfd');
    const flag = (wanted: boolean, bit: DriverQueueFlag): number => (wanted ? bit : 0);
    const flags = flag(indirect, DriverQueueFlag.INDIRECT) | flag(eventIndex, DriverQueueFlag.EVENT_INDEX) | flag(spin > 0, DriverQueueFlag.POLLED) | flag(packed, DriverQueueFlag.PACKED);
    this.#ring = new DriverQueue(memory.native, { ...this.layout, flags, kick: this.kick });
    this.#pairs = new Uint32Array(2 * size);
    this.#spin = spin;
    this.#watches = [
      watch(this.call, READABLE, () => this.#called()),
      watch(this.error, READABLE, () => this.#broken()),
    ];
    memory.onFreed(() => this.#pump());
  }

  /** @internal What native/driver-bench.ts works on. */
  get native(): DriverQueue {
    return this.#ring;
  }

  /** Chains that are in the ring or wait for it. */
  get count(): number {
    return this.#count + this.#waiting.length;
  }

  /** Where a device goes on that has answered all it has fetched. */
  get base(): number {
    return this.#ring.base;
  }

  /** Looks for answers that no call may have told of, as when the device went away in between. */
  recheck(): void {
    this.#reap();
  }

  /** Resolves when the device has used the chain; EIO when it broke the ring. */
  submit(chain: Chain): Promise<Used> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (chain.descriptors === 0 || chain.descriptors > this.layout.size) return Promise.reject(new DriverError('EINVAL', `a chain of ${chain.descriptors} descriptors`));
    if (chain.size > this.memory.size / 2) return Promise.reject(new DriverError('ENOMEM', `a request and reply of ${chain.size} bytes`));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ chain, resolve, reject });
      this.#pump();
    });
  }

  /** Resolves when nothing is in flight. */
  drained(): Promise<void> {
    if (this.count === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Rejects all that is in flight, and all that will be submitted. */
  fail(error: DriverError): void {
    if (this.#failure) return;
    this.#failure = error;
    for (const entry of [...this.#flying, ...this.#waiting.clear()]) entry?.reject(error);
    this.#flying.length = 0;
    this.#count = 0;
    this.#announceIdle();
  }

  /** The memory is the device's no more: closed after the device has let go of the ring. */
  close(): void {
    this.fail(new DriverError('ENOTCONN', 'the device is closed'));
    for (const handle of this.#watches) handle.close();
    this.#ring.close();
    for (const fd of [this.kick, this.call, this.error]) native.closeFd(fd);
  }

  /** Moves what waits into the ring, as far as there is room. */
  #pump(): void {
    for (let entry = this.#waiting.peek(); entry; entry = this.#waiting.peek()) {
      const table = entry.chain.place(this.memory);
      if (table < 0) return;
      const head = this.#ring.add(table, entry.chain.descriptors);
      if (head === -constants.errno.EAGAIN) return;
      if (head < 0) return this.fail(new DriverError(-head, 'the ring does not take the chain'));
      this.#waiting.drop();
      this.#flying[head] = entry;
      this.#count++;
      this.#schedule();
    }
  }

  /** What is submitted in one turn is published at once, with one kick. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      if (this.#failure) return;
      this.#ring.publish();
      if (this.#spin > 0 && !this.#polling) this.#poll();
    });
  }

  /** In turns of the event loop, so that a device in the same process gets its own. */
  #poll(): void {
    this.#polling = this.#count > 0;
    if (!this.#polling) return;
    setImmediate(() => {
      this.#reap();
      this.#poll();
    });
  }

  #called(): void {
    native.eventfdRead(this.call);
    this.#reap();
  }

  #broken(): void {
    native.eventfdRead(this.error);
    this.fail(new DriverError('EIO', 'the device reports a broken ring'));
  }

  #reap(): void {
    let taken: number;
    do {
      if (this.#failure) return;
      taken = this.#ring.reap(this.#pairs, this.#spin);
      if (taken < 0) return this.fail(new DriverError('EIO', 'the device broke the used ring'));
      for (let i = 0; i < taken; i++) this.#complete(this.#pairs[2 * i], this.#pairs[2 * i + 1]);
      if (taken > 0) this.memory.announceFreed();
    } while (taken === this.layout.size);
    this.#announceIdle();
  }

  #complete(head: number, length: number): void {
    const entry = this.#flying[head]!;
    this.#flying[head] = undefined;
    this.#count--;
    const bytes = entry.chain.reply(this.memory, length);
    entry.chain.release(this.memory);
    entry.resolve({ length, bytes });
  }

  #announceIdle(): void {
    if (this.count > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
