import type { World } from './world.js';

/**
 * A malformed input. Its answer is one of: an errno's name, `ok`, `no reply` (the buffers come back empty); of a ring `served`, or
 * `broken: REASON`; of a vhost-user message `accepted`, `refused` or `hung up`.
 */
export interface HostileCase {
  /** `GROUP: what is sent`, as docs/hostile-guests.md lists it. */
  readonly name: string;
  readonly expected: string;
  /** Sends it, and returns the answer. */
  run(world: World): Promise<string>;
}

export interface Verdict {
  readonly name: string;
  readonly expected: string;
  readonly got: string;
}

export const passed = ({ expected, got }: Verdict): boolean => got === expected;
