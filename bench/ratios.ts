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

function ratiosOf({ row, condition, series }: Outcome): Ratio[] {
  const mine = series.find(({ subject }) => subject === OURS);
  if (!mine) return [];
  return series.filter(({ kind }) => kind !== 'ours').map((rival) => {
    const ours = middle(mine);
    const theirs = middle(rival);
    const ratio = lowerIsBetter(row.unit) ? theirs / ours : ours / theirs;
    return { row: row.name, condition, rival: rival.subject, ours, theirs, unit: row.unit, ratio, goal: goalFor(row.goals, rival.subject, condition) };
  });
}

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
