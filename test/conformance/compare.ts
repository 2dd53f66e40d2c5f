import os from 'node:os';
import type { Behaviour } from './behaviour.js';
import type { Record } from './results.js';

/** A column of the page: a cell, and what it is called there. */
export interface Compared {
  readonly cell: string;
  readonly title: string;
  /** How it is mounted. */
  readonly how: string;
}

const text = (cell: string): string => cell.replaceAll('\n', ' ').replaceAll('|', '\\|');

/** The page `docs/overlay-comparison.md`: which behaviours of an overlay were seen to hold where. */
export function comparison(behaviours: readonly Behaviour[], records: readonly Record[], columns: readonly Compared[], versions: string): string {
  const found = new Map(records.map((record) => [`${record.cell} ${record.name}`, record]));
  const of = ({ cell }: Compared, { name }: Behaviour): Record | undefined => found.get(`${cell} ${name}`);
  const lines = behaviours.map((behaviour) => `| ${text(behaviour.name.replace('overlay: ', ''))} | ${columns.map((column) => word(of(column, behaviour))).join(' | ')} |`);
  const totals = columns.map((column) => behaviours.filter((behaviour) => of(column, behaviour)?.result === 'passed').length);
  const failures = columns.flatMap((column) => behaviours.flatMap((behaviour) => {
    const record = of(column, behaviour);
    return record && record.result !== 'passed' ? [`| ${column.title} | ${text(behaviour.name.replace('overlay: ', ''))} | ${text(record.reason ?? '')} |`] : [];
  }));
  return `# Overlays compared

The ${behaviours.length} behaviours that the conformance table has of overlays with an upper layer, run with the same lower directories and the same
system calls on the mounts of this host:

${columns.map(({ title, how }) => `- **${title}**: ${how}`).join('\n')}

Measured on ${os.type()} ${os.release()}, ${versions}; all layers on ext4, as root. The page is written by
\`npm run conformance -- --compare-overlay docs/overlay-comparison.md\`. What does not hold is not always a mistake: some are a choice
that its documentation states, such as what a file that was opened before its copy-up shows.

| behaviour | ${columns.map(({ title }) => title).join(' | ')} |
| --- | ${columns.map(() => ':---:').join(' | ')} |
${lines.join('\n')}
| **hold** | ${totals.map((total) => `**${total}**`).join(' | ')} |

## What was seen instead

| where | behaviour | seen |
| --- | --- | --- |
${failures.join('\n')}
`;
}

const word = (record: Record | undefined): string => (record?.result === 'passed' ? 'yes' : record ? '**no**' : 'not run');
