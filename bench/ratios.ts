import { type Condition, type Goal, lowerIsBetter, type Unit } from './model.js';
import type { GroupOutcome, Outcome, Series } from './run.js';
import { geometricMean, median } from './statistics.js';

/** Ours against one rival in one row and condition; `ratio` above 1: ours is better. */
export interface Ratio {
  readonly row: string;
  readonly condition: Condition;
  readonly rival: string;
  readonly ours: number;
  readonly theirs: number;
  readonly unit: Unit | 'ratio';
  readonly ratio: number;
  readonly goal: number | null;
}

const OURS = 'fusewire';

/** The median of a series' rounds. */
export const middle = (series: Series): number => median(series.rounds.map(({ value }) => value));

/** How far the rounds lie apart: the largest distance from the median, as a share of it. */
export function spread(series: Series): number {
  const centre = middle(series);
  return Math.max(...series.rounds.map(({ value }) => Math.abs(value - centre))) / centre;
}

function goalFor(goals: readonly Goal[] = [], rival: string, condition: Condition): number | null {
  return goals.find((goal) => goal.rival === rival)?.[condition] ?? null;
}

/** Without polling no row may lose anything to Rust virtiofsd, in time or in processor time. */
const UNPOLLED = 'fusewire, no polling';
export const UNPOLLED_GOALS: readonly Goal[] = [{ rival: 'virtiofsd (Rust)', idle: 1, busy: 1 }];

function ratiosOf({ row, condition, series }: Outcome): Ratio[] {
  const rivals = series.filter(({ kind }) => kind !== 'ours');
  const against = (subject: string, label: string, goals: readonly Goal[] | undefined, unit: Unit, value: (series: Series) => number): Ratio[] => {
    const mine = series.find((one) => one.subject === subject);
    if (!mine) return [];
    return rivals.map((rival) => {
      const ours = value(mine);
      const theirs = value(rival);
      const ratio = lowerIsBetter(unit) ? theirs / ours : ours / theirs;
      return { row: label, condition, rival: rival.subject, ours, theirs, unit, ratio, goal: goalFor(goals, rival.subject, condition) };
    });
  };
  return [
    ...against(OURS, row.name, row.goals, row.unit, middle),
    ...against(UNPOLLED, `${row.name}, no polling`, UNPOLLED_GOALS, row.unit, middle),
    ...against(UNPOLLED, `${row.name}, no polling, server's processor time`, UNPOLLED_GOALS, 'us', processorTime),
  ].filter(({ ratio }) => Number.isFinite(ratio));
}

const processorTime = (series: Series): number => median(series.rounds.map(({ serverCpu }) => serverCpu ?? NaN));

/** Every ratio of a group, then the geometric means over its rows. */
export function ratios({ group, subjects, outcomes }: GroupOutcome): Ratio[] {
  const single = outcomes.flatMap(ratiosOf);
  const rivals = new Set(subjects.filter(({ kind }) => kind === 'rival').map(({ name }) => name));
  const means = (group.means ?? []).flatMap(({ name, of, goals }) => {
    const members = single.filter(({ row, rival }) => of.test(row) && rivals.has(rival));
    const keys = new Map(members.map(({ rival, condition }) => [`${rival}/${condition}`, { rival, condition }]));
    return [...keys.values()].map(({ rival, condition }): Ratio => {
      const mean = geometricMean(members.filter((member) => member.rival === rival && member.condition === condition).map(({ ratio }) => ratio));
      return { row: `${name}, geometric mean`, condition, rival, ours: mean, theirs: 1, unit: 'ratio', ratio: mean, goal: goalFor(goals, rival, condition) };
    });
  });
  return [...single, ...means];
}
