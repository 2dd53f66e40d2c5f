import test from 'ava';
import { writeSync } from 'node:fs';
import fc from 'fast-check';
import { native } from '../../native/index.js';
import { Breach, type Virtqueue } from '../../native/virtqueue.js';
import { answer, idOf, PackedRing } from './packed-ring.js';

const AREA = 4096;

/** A guest whose devices go away at any time, and what it must see of them. */
class Scene {
  readonly ring: PackedRing;
  readonly area = native.memfdCreate('inflight', AREA);
  /** Requests that were offered and not answered, in order; those that the device has fetched first. */
  private waiting: { readonly id: number; readonly count: number }[] = [];
  private fetched: { readonly id: number; readonly slot: number }[] = [];
  /** How many of them were fetched, by a device that may have gone since. */
  private inFlight = 0;
  private queue: Virtqueue;
  private next = 0;

  constructor(size: number) {
    this.ring = new PackedRing(size);
    this.queue = this.ring.queue(32);
    this.expect(this.queue.track(this.area, 0), 0, 'nothing is in flight at first');
  }

  private expect(is: unknown, should: unknown, what: string): void {
    if (is !== should) throw new Error(`${what}: ${String(is)} instead of ${String(should)}`);
  }

  offer(pieces: number): void {
    const count = Math.min(pieces + 1, this.ring.size);
    const taken = this.waiting.reduce((sum, one) => sum + one.count, 0);
    if (taken + count > this.ring.size) return;
    const id = this.next++ % 48;
    this.ring.request(id, count - 1);
    this.waiting.push({ id, count });
  }

  fetch(): void {
    for (let count = this.queue.drain(0); count > 0; count = this.queue.drain(0)) {
      for (const slot of this.queue.ready.slice(0, count)) {
        this.expect(idOf(this.queue, slot), this.waiting[this.fetched.length]!.id, 'requests come in order');
        this.fetched.push({ id: this.waiting[this.fetched.length]!.id, slot });
      }
    }
    this.expect(this.fetched.length, this.waiting.length, 'all are fetched');
    this.inFlight = this.waiting.length;
  }

  answer(which: number): void {
    if (this.fetched.length === 0) return;
    const [{ id, slot }] = this.fetched.splice(which % this.fetched.length, 1) as [{ id: number; slot: number }];
    answer(this.queue, slot, 24);
    this.queue.commit();
    const [one] = this.waiting.splice(this.waiting.findIndex((waiting) => waiting.id === id), 1);
    const used = this.ring.take(() => one!.count);
    this.expect(used?.[0], id, 'it is used');
    this.inFlight--;
  }

  crash(): void {
    this.queue.close();
    for (const { slot } of this.fetched) this.queue.finish(slot, 0, 0);
    this.queue = this.ring.queue(32);
    this.expect(this.queue.track(this.area, 0), this.inFlight, 'what was fetched and not answered is fetched again');
    this.fetched = [];
  }

  close(): void {
    this.queue.close();
    for (const { slot } of this.fetched) this.queue.finish(slot, 0, 0);
    this.ring.close(this.queue);
    native.closeFd(this.area);
  }
}

test('a device goes on with what another one had in flight in a packed ring, each request once, in order', (t) => {
  const step = fc.oneof(
    fc.record({ what: fc.constant('offer' as const), n: fc.integer({ min: 1, max: 3 }) }), fc.record({ what: fc.constant('answer' as const), n: fc.nat(20) }),
    fc.constant({ what: 'fetch' as const, n: 0 }), fc.constant({ what: 'crash' as const, n: 0 }),
  );
  fc.assert(fc.property(fc.constantFrom(4, 8, 16), fc.array(step, { maxLength: 120 }), (size, steps) => {
    const scene = new Scene(size);
    try {
      for (const { what, n } of steps) scene[what](n);
      scene.crash();
      scene.fetch();
    } finally {
      scene.close();
    }
  }), { numRuns: 400, includeErrorInReport: true });
  t.pass();
});

test('whatever the record says, a device begins with the ring and breaks nothing', (t) => {
  fc.assert(fc.property(fc.uint8Array({ minLength: 1, maxLength: 400 }), fc.nat(300), fc.nat(6), (bytes, at, offers) => {
    const ring = new PackedRing(8);
    const area = native.memfdCreate('inflight', AREA);
    const first = ring.queue(16);
    first.track(area, 0);
    for (let i = 0; i < Math.min(offers, 4); i++) ring.request(i);
    first.drain(0);
    const held = first.ready.slice(0, Math.min(offers, 4));
    first.close();
    for (const slot of held) first.finish(slot, 0, 0);
    writeSync(area, bytes, 0, bytes.length, at);
    const queue = ring.queue(16);
    const again = queue.track(area, 0);
    if (again < 0 || again > 8) throw new Error(`${again} requests again`);
    for (let count = queue.drain(0); count > 0; count = queue.drain(0)) {
      for (const slot of queue.ready.slice(0, count)) queue.finish(slot, 0, 0);
      queue.commit();
    }
    ring.close(queue);
    native.closeFd(area);
  }), { numRuns: 1000 });
  t.pass();
});

test('a guest that makes more available than the ring has breaks it, where what is in flight is kept', (t) => {
  const ring = new PackedRing(4);
  const area = native.memfdCreate('inflight', AREA);
  const queue = ring.queue(16);
  queue.track(area, 0);
  for (const id of [0, 1]) ring.request(id);
  t.is(queue.drain(0), 2);
  const held = queue.ready.slice(0, 2);
  ring.request(2);
  queue.drain(0);
  t.is(queue.breach, Breach.AVAILABLE_INDEX);
  queue.close();
  for (const slot of held) queue.finish(slot, 0, 0);
  ring.close(queue);
  native.closeFd(area);
});
