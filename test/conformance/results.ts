import type { Behaviour } from './behaviour.js';
import type { Outcome } from './run.js';

/** An outcome and where it was had. */
export interface Record extends Outcome {
  readonly cell: string;
}

export interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

/** What came of a run. */
export class Results {
  readonly records: Record[] = [];

  add(record: Record): void {
    this.records.push(record);
  }

  totals(cell?: string): Totals {
    const totals: Totals = { passed: 0, failed: 0, skipped: 0 };
    for (const record of this.records) if (cell === undefined || record.cell === cell) totals[record.result]++;
    return totals;
  }

  /** The page `docs/conformance.md`. */
  markdown(behaviours: readonly Behaviour[]): string {
    const cells = [...new Set(this.records.map(({ cell }) => cell))];
    const counts = cells.map((cell) => {
      const { passed, failed, skipped } = this.totals(cell);
      return `| ${cell} | ${passed} | ${failed} | ${skipped} |`;
    });
    return `${introduction(behaviours.length)}
## Cells

| file system/transport | passed | failed | skipped |
| --- | ---: | ---: | ---: |
${counts.join('\n')}

## Skips

${this.skips().join('\n')}
`;
  }

  /** One line for each behaviour and reason, with the cells it holds for. */
  private skips(): string[] {
    const cells = new Map<string, string[]>();
    for (const { name, cell, result, reason } of this.records) {
      if (result !== 'skipped') continue;
      const key = `| ${cellText(name)} | ${cellText(reason ?? '')}`;
      cells.set(key, [...(cells.get(key) ?? []), cell]);
    }
    if (cells.size === 0) return ['None.'];
    const lines = [...cells].map(([key, where]) => `${key} | ${this.gathered(where).join(', ')} |`);
    return ['| behaviour | reason | cells |', '| --- | --- | --- |', ...lines];
  }

  /** Cells by name, those of a whole transport by the transport's. */
  private gathered(where: readonly string[]): string[] {
    const all = new Set(this.records.map(({ cell }) => cell));
    const whole = [...new Set(where.map(transport))].filter((name) => [...all].every((cell) => transport(cell) !== name || where.includes(cell)));
    return [...whole, ...where.filter((cell) => !whole.includes(transport(cell)))];
  }
}

const transport = (cell: string): string => cell.slice(cell.indexOf('/') + 1);

/** Text as it may stand in a table. */
const cellText = (text: string): string => text.replaceAll('\n', ' ').replaceAll('|', '\\|');

const introduction = (count: number): string => `# Conformance

One table of ${count} behaviours says what a file system does: each has a name, a source (man page, POSIX or kernel document)
and is written once, in \`test/conformance/behaviours\`. It runs on every built-in file system, reached in three ways:

- **loopback**: FUSE requests in one process, sent as a kernel would; what only a kernel does is skipped.
- **mount**: system calls of a process on this host, on a mount through /dev/fuse.
- **guest**: the same process in a User Mode Linux guest, over virtio-fs.

\`\`\`
npm run conformance -- [--plugin P] [--transport loopback|mount|judged-mount|guest] [--match RE] [--cache none|auto|always] [--writeback]
    [--no-shortcuts] [--no-polling] [--json FILE] [--markdown FILE]
\`\`\`

It prints one line per behaviour and cell and the totals last; exit 1 when anything failed, or passed though it is listed as
failing. \`--cache\` and \`--writeback\` are the mounts' in place of their defaults; \`--no-shortcuts\` and \`--no-polling\` turn two fast paths off. \`--transport native\` runs the table on plain
ext4 and tmpfs directories without Fusewire: a behaviour is right when it passes there. This page is written by \`--markdown docs/conformance.md\`.

How overlays compare with the kernel's overlayfs and with fuse-overlayfs, line by line: [overlays compared](overlay-comparison.md).

A behaviour is a sentence, its source and the calls that show it, in a file of its topic; it starts as root in an empty directory:

\`\`\`js
it('removing one name leaves the other', 'unlink(2)', async (fs, t) => {
  await t.file('a', 'hello');
  await fs.link('a', 'b');
  await fs.unlink('a');
  t.is([await t.content('b'), await t.nlink('b')], ['hello', 1]);
});
\`\`\`

How to run it on a file system of your own: [testing it](writing-a-file-system.md#testing-it).
`;
