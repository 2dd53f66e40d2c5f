import type { BenchResult } from '../../driver/index.js';
import { ownTime, processTime } from '../cpu.js';
import type { Measurement } from '../model.js';
import { median, percentile } from '../statistics.js';

/** A measurement is the median of its slices: what a disturbance hits is left out. */
export const SLICES = 20;

/** Times one run of the driver's load generator, with the processor time of both sides. */
export function measurement(run: () => BenchResult, server?: number): Measurement {
  const own = ownTime();
  const theirs = server === undefined ? 0 : processTime(server);
  const { cycles, slices, samples } = run();
  return {
    value: median(slices) / 1000,
    best: Math.min(...slices) / 1000,
    clientCpu: (ownTime() - own) / cycles / 1000,
    serverCpu: server === undefined ? undefined : (processTime(server) - theirs) / cycles / 1000,
    median: percentile(samples, 0.5) / 1000,
    p99: percentile(samples, 0.99) / 1000,
  };
}
