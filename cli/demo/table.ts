import type { Row } from './verify.js';

function duration(milliseconds: number): string {
  return milliseconds < 1000 ? `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

/** The rows in columns under a heading. */
export function table(rows: Row[]): string {
  const cells = [['what', 'result', 'time', 'speed'], ...rows.map((row) => [row.what, row.result, duration(row.milliseconds), row.speed])];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...cells.map((line) => line[column]!.length)));
  const right = new Set([2, 3]);
  return cells.map((line) => line.map((cell, column) => right.has(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)).join('   ').trimEnd()).join('\n');
}
