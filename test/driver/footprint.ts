import { readdirSync, readFileSync } from 'node:fs';

/** What a process holds after a garbage collection; it runs with --expose-gc. */
export interface Footprint {
  readonly fds: number;
  /** Mappings of guests' memory. */
  readonly guestMemories: number;
  /** MiB. */
  readonly heap: number;
  /** MiB. */
  readonly resident: number;
}

const MIB = 1 << 20;

export async function footprint(): Promise<Footprint> {
  for (let i = 0; i < 3; i++) {
    globalThis.gc!();
    // Finalizers of native memory run in the turn after the collection.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const maps = readFileSync('/proc/self/maps', 'utf8').split('\n');
  const { heapUsed, rss } = process.memoryUsage();
  return {
    fds: readdirSync('/proc/self/fd').length,
    guestMemories: maps.filter((line) => line.includes('memfd:fusewire-driver')).length,
    heap: heapUsed / MIB,
    resident: rss / MIB,
  };
}
