/** Whether the other core sleeps while a row is measured, or something keeps it awake. */
export type Condition = 'idle' | 'busy';
export const CONDITIONS: readonly Condition[] = ['idle', 'busy'];

/** Times and sizes are better when lower, rates when higher. */
export type Unit = 'us' | 'ops/s' | 'MiB/s' | 's' | 'bytes';

/** What a row is to reach: ours against one rival, as a ratio above 1 where ours is better. */
export interface Goal {
  readonly rival: string;
  readonly idle?: number;
  readonly busy?: number;
}

/** One line of the table. Names are unique within the whole suite. */
export interface Row {
  readonly name: string;
  readonly unit: Unit;
  readonly goals?: readonly Goal[];
  /** One condition alone, where the other tells nothing. */
  readonly conditions?: readonly Condition[];
  /** Takes seconds and warms up by itself: a third of the rounds, no warm-up. */
  readonly costly?: boolean;
  /** Left out of a quick run, unless asked for. */
  readonly lengthy?: boolean;
}

/** One measurement of one row. */
export interface Measurement {
  /** In the row's unit. */
  readonly value: number;
  /** The best part of the measurement, which a disturbance spared. */
  readonly best?: number;
  /** Microseconds of processor time per operation: the server's, and the load generator's. */
  readonly serverCpu?: number;
  readonly clientCpu?: number;
  /** Microseconds. */
  readonly median?: number;
  readonly p99?: number;
}

/** Who is measured: Fusewire in one set-up, a rival, or a limit that nobody can beat. */
export interface Subject<R extends Row = Row> {
  readonly name: string;
  readonly kind: 'ours' | 'rival' | 'limit';
  /** How it was started, and what it says of itself. */
  readonly command: string;
  readonly version: string;
  /** Processes whose profile is of interest. */
  readonly pids: readonly number[];
  /** Its code for this row is compiled while it runs, and fast only after a while. */
  compiles?(row: R): boolean;
  /** Undefined: it does not do this row. */
  measure(row: R, seconds: number): Promise<Measurement> | undefined;
  stop(): Promise<void>;
}

/** A rival that is not on this machine. */
export interface Missing {
  readonly name: string;
  readonly missing: string;
}

/** Rows that are measured on the same subjects. */
export interface Group<R extends Row = Row> {
  readonly name: string;
  readonly rows: readonly R[];
  /** Rows whose ratios are the geometric mean of others' ratios. */
  readonly means?: readonly { readonly name: string; readonly of: RegExp; readonly goals: readonly Goal[] }[];
  /** All rows are costly. */
  readonly costly?: boolean;
  /** `rivals` too, those that are not installed downloaded where that is possible. */
  open(rivals: boolean): Promise<readonly (Subject<R> | Missing)[]>;
  close(): Promise<void>;
}

export const isMissing = (subject: Subject | Missing): subject is Missing => 'missing' in subject;
export const lowerIsBetter = (unit: Unit): boolean => unit === 'us' || unit === 's' || unit === 'bytes';
