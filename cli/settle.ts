import { getHeapStatistics } from 'node:v8';
import type { Server } from '../index.js';

/** How long nobody may have asked for anything, in milliseconds. */
const QUIET = 1000;
/** Bytes of heap above which the pause would be felt. */
const LARGE = 64 << 20;

/** Gives back, once, what the start has left of the heap: some 10 MiB, in a pause of some 30 ms when nobody asks for anything. */
export function settle(server: Server): void {
  const received = (): number => [...server.mounts].reduce((sum, { traffic }) => sum + traffic.bytes[0]!, 0);
  let before = received();
  const timer = setInterval(() => {
    const now = received();
    if (now === before) {
      clearInterval(timer);
      if (getHeapStatistics().used_heap_size < LARGE) globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    }
    before = now;
  }, QUIET).unref();
}
