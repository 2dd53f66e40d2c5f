import type { Goal, Row } from '../model.js';
import { type Work, WORKS } from './driver-work.js';

export interface DriverRow extends Row {
  readonly work: Work;
  readonly lanes: number;
  readonly spin: boolean;
}

const RIVAL = 'virtiofsd (Rust)';
const DEPTHS = [1, 8, 32];

/** What each kind of work is to reach against Rust virtiofsd. */
function goals({ kind }: Work, spin: boolean, lanes: number): Goal[] {
  if (kind === 'large') return [{ rival: RIVAL, idle: 1.05 }];
  if (kind === 'medium') return [];
  if (!spin) return [{ rival: RIVAL, idle: 3.5, busy: 1.1 }];
  if (lanes === 1) return [{ rival: RIVAL, idle: kind === 'metadata' ? 1.7 : 1.2 }];
  return [{ rival: RIVAL, idle: kind === 'metadata' ? 1.5 : 1.8 }];
}

function row(work: Work, spin: boolean, lanes: number): DriverRow {
  return { name: `${work.name}, ${spin ? 'spin' : 'sleep'}, QD ${lanes}`, unit: 'us', work, lanes, spin, goals: goals(work, spin, lanes) };
}

/** Spinning at each depth, and asleep between requests at QD 1. */
export const DRIVER_ROWS: readonly DriverRow[] = WORKS.flatMap((work) => [
  row(work, false, 1),
  ...DEPTHS.filter((lanes) => lanes <= (work.lanes ?? Infinity)).map((lanes) => row(work, true, lanes)),
]);

/** The metadata rows at saturation, taken together. */
export const DRIVER_MEANS = [8, 32].map((lanes) => ({
  name: `metadata, spin, QD ${lanes}`,
  of: new RegExp(`^(${WORKS.filter(({ kind }) => kind === 'metadata').map(({ name }) => name.replaceAll('+', '\\+')).join('|')}), spin, QD ${lanes}$`),
  goals: [{ rival: RIVAL, idle: 2.5 }],
}));
