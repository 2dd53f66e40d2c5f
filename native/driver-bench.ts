/** What native/src/driver_bench_binding.cc exports. */
export interface DriverBenchFunctions {
  /**
   * Runs a program on rings (queue id and call fd of each, hiprio first) until `samples` is full or for `duration`
   * microseconds; `samples` gets the cycles' nanoseconds. The number of cycles, or a negative errno; with -EPROTO, `failure`
   * has the step, the reply's error and its length. native/src/driver_bench.h says what a program is.
   */
  driverBench(
    memory: number, rings: Int32Array, program: Uint32Array, samples: Uint32Array, duration: number, spin: number, failure: Int32Array,
  ): number;
  /** Starts a thread that answers what comes into a ring; with `driverEchoClose` it ends. */
  driverEchoOpen(memory: number, size: number, descriptors: number, available: number, used: number, call: number): number;
  driverEchoClose(echo: number): void;
}

/** Flags of a step: `DriverBench::Step`. */
export const enum StepFlag {
  HIPRIO = 1,
  BACKGROUND = 2,
  RANDOM = 4,
  LISTING = 8,
  FIRST = 16,
  LAST = 32,
}
