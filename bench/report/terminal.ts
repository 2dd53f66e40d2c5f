import { type Condition, CONDITIONS } from '../model.js';
import { middle, type Ratio, ratios, spread } from '../ratios.js';
import type { GroupOutcome, Outcome } from '../run.js';
import { median } from '../statistics.js';

const live = process.stderr.isTTY;

/** Shows how far the run is, in one line that is written over. */
export function showProgress(done: number, what: string): void {
  if (!live) return;
  const width = (process.stderr.columns || 80) - 1;
  process.stderr.write(`\r\x1b[K${`${String(Math.round(done * 100)).padStart(3)} %  ${what}`.slice(0, width)}`);
}

export function endProgress(): void {
  if (live) process.stderr.write('\r\x1b[K');
}

export function figure(value: number): string {
  if (!Number.isFinite(value)) return '-';
  if (value >= 1000) return Math.round(value).toLocaleString('en');
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

const share = (value: number): string => `±${Math.round(value * 100)}%`;

/** One group: a line per row and condition, a column per subject with spread and processor time of server + client. */
export function table(outcome: GroupOutcome): string {
  const all = ratios(outcome);
  const names = outcome.subjects.map(({ name }) => name);
  const rivals = outcome.subjects.filter(({ kind }) => kind !== 'ours').map(({ name }) => name);
  const lines = [['', '', 'unit', ...names, ...rivals.map((name) => `x ${name}`)]];
  for (const { row, condition, series } of outcome.outcomes) {
    const cells = names.map((name) => {
      const found = series.find(({ subject }) => subject === name);
      return found ? `${figure(middle(found))} ${share(spread(found))}${processor(found)}` : '';
    });
    lines.push([row.name, condition, row.unit, ...cells, ...rivals.map((rival) => ratioCell(all, row.name, condition, rival))]);
    for (const variant of ['no polling', "no polling, server's processor time"]) {
      const ratiosOfVariant = rivals.map((rival) => ratioCell(all, `${row.name}, ${variant}`, condition, rival));
      if (ratiosOfVariant.some((cell) => cell !== '')) lines.push([`  ${variant}`, condition, 'ratio', ...names.map(() => ''), ...ratiosOfVariant]);
    }
  }
  for (const { name } of outcome.group.means ?? []) {
    for (const condition of CONDITIONS) {
      const row = `${name}, geometric mean`;
      if (all.some((ratio) => ratio.row === row && ratio.condition === condition)) {
        lines.push([row, condition, 'ratio', ...names.map(() => ''), ...rivals.map((rival) => ratioCell(all, row, condition, rival))]);
      }
    }
  }
  const missing = outcome.missing.map(({ name, missing }) => `missing: ${name}: ${missing}`);
  const failed = outcome.failures.map((failure) => `failed: ${failure}`);
  return [`\n${outcome.group.name}`, ...aligned(lines), ...missing, ...failed].join('\n');
}

function processor({ rounds }: Outcome['series'][number]): string {
  if (rounds[0].serverCpu === undefined) return '';
  return ` (${figure(median(rounds.map(({ serverCpu }) => serverCpu!)))}+${figure(median(rounds.map(({ clientCpu }) => clientCpu ?? 0)))})`;
}

function ratioCell(all: readonly Ratio[], row: string, condition: Condition, rival: string): string {
  const found = all.find((ratio) => ratio.row === row && ratio.condition === condition && ratio.rival === rival);
  if (!found) return '';
  const { ratio, goal } = found;
  if (goal === null) return ratio.toFixed(2);
  return `${ratio.toFixed(2)} ${ratio >= goal ? 'ok' : '<'} ${Number(goal.toFixed(2))}`;
}

function aligned(lines: readonly (readonly string[])[]): string[] {
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines.map((line) => line.map((cell, column) => column < 2 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])).join('  ').trimEnd());
}
