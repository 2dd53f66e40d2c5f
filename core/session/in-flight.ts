import { setTimeout as delay } from 'node:timers/promises';
import type { Request } from '../filesystem/request.js';

/** Requests that wait for a promise, so that an INTERRUPT finds them. Requests answered at once never come here. */
export class InFlight {
  private readonly parked = new Map<number, Request<unknown>>();
  private readonly waiting: (() => void)[] = [];
  private readonly signals = new Map<Request<unknown>, AbortController>();

  /** `unique` as a number: two ids that differ above 2^53 only confuse the guest that made them. */
  park(unique: number, request: Request<unknown>): void {
    this.parked.set(unique, request);
  }

  settle(unique: number, request: Request<unknown>): void {
    if (this.parked.get(unique) === request) this.parked.delete(unique);
    this.signals.delete(request);
    if (this.parked.size === 0) for (const resolve of this.waiting.splice(0)) resolve();
  }

  /** A request was answered at once; its object, and with it the signal it may have asked for, is used again. */
  answered(request: Request<unknown>): void {
    if (this.signals.size > 0) this.signals.delete(request);
  }

  /** Resolves when nothing waits any more; what still does after `grace` milliseconds is aborted and waited for as long again. */
  async settled(grace: number): Promise<void> {
    if (this.parked.size === 0) return;
    const empty = new Promise<void>((resolve) => this.waiting.push(resolve));
    await Promise.race([empty, delay(grace, undefined, { ref: false })]);
    this.abortAll();
    await Promise.race([empty, delay(grace, undefined, { ref: false })]);
  }

  /** The request's signal; made when first asked for. */
  signal(request: Request<unknown>): AbortSignal {
    let controller = this.signals.get(request);
    if (!controller) this.signals.set(request, (controller = new AbortController()));
    return controller.signal;
  }

  interrupt(unique: number): void {
    const request = this.parked.get(unique);
    if (request) this.signals.get(request)?.abort();
  }

  abortAll(): void {
    for (const controller of this.signals.values()) controller.abort();
  }

  get size(): number {
    return this.parked.size;
  }
}
