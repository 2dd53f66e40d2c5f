import { constants } from 'node:os';
import { native } from '../native/index.js';
import { type LaneCycles, placeProgram } from './bench-program.js';
import { DriverError } from './errors.js';
import type { GuestMemory } from './memory.js';
import type { Caller } from './message.js';

/** Most cycles of a run. */
const SAMPLES = 1 << 21;

export interface BenchOptions {
  /** Requests, or cycles of them, in flight at a time. */
  readonly lanes: number;
  /** Watch the used rings; false: sleep until the device calls. */
  readonly spin: boolean;
  /** Seconds. */
  readonly seconds: number;
  /** Into how many runs they are cut, less when one cycle takes longer; 1 when absent. */
  readonly slices?: number;
}

export interface BenchResult {
  readonly cycles: number;
  /** Nanoseconds per cycle in each slice, by wall time. */
  readonly slices: readonly number[];
  /** Nanoseconds that each cycle took, ascending; two million at most. */
  readonly samples: Uint32Array;
}

/** A ring as the load generator needs it. */
export interface BenchRing {
  readonly native: { readonly id: number };
  /** The call eventfd. */
  readonly call: number;
}

/** Runs cycles on rings, hiprio first (`Device.bench`). */
export function bench(memory: GuestMemory, rings: readonly BenchRing[], work: LaneCycles, caller: Caller, options: BenchOptions): BenchResult {
  const program = placeProgram(memory, work, options.lanes, caller);
  if (!program) throw new DriverError('ENOMEM', 'no guest memory for the benchmark');
  const { spin, seconds, slices = 1 } = options;
  const samples = new Uint32Array(SAMPLES);
  const failure = new Int32Array(3);
  const ids = Int32Array.from(rings.flatMap(({ native, call }) => [native.id, call]));
  const times: number[] = [];
  let cycles = 0;
  const end = performance.now() + seconds * 1000;
  while (cycles < SAMPLES && (times.length === 0 || performance.now() < end)) {
    const started = process.hrtime.bigint();
    const done = native.driverBench(memory.native.id, ids, program.words, samples.subarray(cycles), (seconds / slices) * 1e6, spin ? 1 : 0, failure);
    // After a failure the device may still write to the program's memory.
    if (done < 0) throw new DriverError(done, done === -constants.errno.EPROTO ? unexpected(failure) : 'bench');
    times.push(Number(process.hrtime.bigint() - started) / done);
    cycles += done;
  }
  memory.give(program.base, program.size);
  return { cycles, slices: times, samples: samples.subarray(0, cycles).toSorted() };
}

const unexpected = ([step, error, length]: Int32Array): string => `step ${step} of the cycle was answered with error ${error} and ${length} bytes`;
