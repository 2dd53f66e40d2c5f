import { loadavg } from 'node:os';
import { type Condition, CONDITIONS, type Group, isMissing, type Measurement, type Missing, type Row, type Subject } from './model.js';
import { Conditions } from './condition.js';
import { UNPOLLED_GOALS } from './ratios.js';

export interface RunOptions {
  /** Rows by name. */
  readonly rows: RegExp;
  readonly conditions: readonly Condition[];
  readonly rivals: boolean;
  readonly rounds: number;
  /** Seconds of one measurement, and of the one that warms up before the first; 0: none. */
  readonly seconds: number;
  readonly warmUp: number;
  /** Seconds of warming up in the first condition of a server that compiles what it does. */
  readonly compiling: number;
  /** Lengthy rows, too. */
  readonly lengthy: boolean;
  /** With the other core busy, only rivals that a row has a goal against. */
  readonly sparing: boolean;
  /** Told before each measurement: how much of the run is done, between 0 and 1, and what comes. */
  readonly progress: (done: number, what: string) => void;
}

/** What one subject did in one row. */
export interface Series {
  readonly subject: string;
  readonly kind: Subject['kind'];
  readonly rounds: readonly Measurement[];
}

export interface Outcome {
  readonly group: string;
  readonly row: Row;
  readonly condition: Condition;
  readonly series: readonly Series[];
  /** The machine's load before the row; more than its cores tells of a disturbed run. */
  readonly load: number;
}

export interface GroupOutcome {
  readonly group: Group;
  readonly subjects: readonly { readonly name: string; readonly kind: string; readonly command: string; readonly version: string }[];
  readonly missing: readonly Missing[];
  readonly outcomes: readonly Outcome[];
  /** Measurements that failed; their subject has no figures in the row. */
  readonly failures: readonly string[];
}

/** Runs the chosen rows of one group: every row in each condition, subjects taking turns, rounds after a warm-up. */
export async function runGroup<R extends Row>(group: Group<R>, options: RunOptions): Promise<GroupOutcome> {
  const rows = group.rows.filter(({ name, lengthy }) => options.rows.test(name) && (options.lengthy || !lengthy));
  const outcomes: Outcome[] = [];
  const failures: string[] = [];
  const conditions = new Conditions();
  const costly = { ...options, rounds: Math.ceil(options.rounds / 3), compiling: 0, warmUp: 0 };
  try {
    const found = await group.open(options.rivals);
    const subjects = found.filter((subject) => !isMissing(subject)) as Subject<R>[];
    const total = options.conditions.length * rows.length;
    for (const condition of options.conditions) {
      await conditions.enter(condition);
      for (const row of rows) {
        const wanted = (row.conditions ?? CONDITIONS).includes(condition);
        const spares = options.sparing && condition === 'busy';
        const measured = spares ? subjects.filter(({ kind, name }) => kind === 'ours' || isJudged(row, name)) : subjects;
        if (!wanted || (spares && measured.every(({ kind }) => kind === 'ours'))) continue;
        const load = loadavg()[0];
        const pace = group.costly || row.costly ? costly : condition === options.conditions[0] ? options : { ...options, compiling: options.warmUp };
        const tell = (what: string) => options.progress(outcomes.length / total, `${group.name}: ${row.name}, ${condition}: ${what}`);
        outcomes.push({ group: group.name, row, condition, load, series: await runRow(row, measured, pace, tell, failures) });
      }
    }
    const described = subjects.map(({ name, kind, command, version }) => ({ name, kind, command, version }));
    return { group, subjects: described, missing: found.filter(isMissing), outcomes, failures };
  } finally {
    await conditions.leave();
    await group.close();
  }
}

/** There is something to reach against it with the other core busy. */
const isJudged = ({ goals = [] }: Row, rival: string): boolean => [...goals, ...UNPOLLED_GOALS].some((goal) => goal.rival === rival && goal.busy !== undefined);

async function runRow<R extends Row>(row: R, subjects: readonly Subject<R>[], options: RunOptions, tell: (what: string) => void, failures: string[]): Promise<Series[]> {
  const rounds = new Map<Subject<R>, Measurement[]>();
  const measure = async (subject: Subject<R>, seconds: number): Promise<Measurement | undefined> => {
    try {
      return await subject.measure(row, seconds);
    } catch (error) {
      failures.push(`${subject.name}: ${row.name}: ${(error as Error).message.trim()}`);
      rounds.delete(subject);
      return undefined;
    }
  };
  for (const subject of subjects) {
    tell(`${subject.name} warms up`);
    if (options.warmUp === 0 || await measure(subject, subject.compiles?.(row) ? options.compiling : options.warmUp)) rounds.set(subject, []);
  }
  for (let round = 0; round < options.rounds; round++) {
    for (const [subject, measurements] of rounds) {
      tell(`${subject.name}, round ${round + 1} of ${options.rounds}`);
      const measurement = await measure(subject, options.seconds);
      if (measurement) measurements.push(measurement);
      else rounds.delete(subject);
    }
  }
  return [...rounds].map(([{ name, kind }, measurements]) => ({ subject: name, kind, rounds: measurements }));
}
