import { Breach, Virtqueue, type VirtqueueLayout } from '../../native/virtqueue.js';
import type { GuestMemory } from '../../native/guest-memory.js';

/** What a channel has to tell its ring. */
export interface VringEvents {
  /** Requests wait that no kick will announce: the last drain had no slot for them. */
  starved(): void;
  /** The guest broke the ring, once and for all. */
  broken(breach: Breach): void;
}

/** A virtqueue as the session sees it: silent while its ring is disabled or broken. */
export class VringChannel extends Virtqueue {
  private reported = false;
  private readonly waiting: (() => void)[] = [];

  /** At most `slots` requests are in flight at once; more wait in the ring. */
  constructor(memory: GuestMemory, layout: VirtqueueLayout, slots: number, private readonly events: VringEvents) {
    super(memory, layout, Math.min(layout.size, slots));
    this.enabled = false;
  }

  get enabled(): boolean {
    return this.admits;
  }

  set enabled(on: boolean) {
    this.admits = on;
  }

  override drain(spin: number): number {
    if (!this.enabled) return 0;
    const count = super.drain(spin);
    if (count < 0) this.report();
    return Math.max(count, 0);
  }

  override get answered(): number {
    return this.enabled ? super.answered : 0;
  }

  override get stopped(): boolean {
    return this.enabled && super.stopped;
  }

  override commit(): void {
    super.commit();
    if (this.enabled && this.starved) this.events.starved();
    if (this.waiting.length > 0 && this.inFlight === 0) this.release();
  }

  override close(): void {
    this.enabled = false;
    this.release();
    super.close();
  }

  override remap(): number {
    const result = super.remap();
    if (result < 0) this.report();
    return result;
  }

  /** Resolves when the replies to all requests in flight are published, or the channel is closed. To be disabled first. */
  async settled(): Promise<void> {
    if (this.inFlight > 0) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  private release(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  private report(): void {
    if (this.reported || this.breach === Breach.NONE) return;
    this.reported = true;
    this.events.broken(this.breach);
  }
}
