import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Group, isMissing, type Subject } from '../model.js';
import { RESULTS } from '../places.js';
import { nodeOptions } from '../servers/virtiofs.js';
import { flameGraph } from './flame-graph.js';
import { Perf } from './perf.js';

const SECONDS = 2;

/** Runs one row on Fusewire under perf(1) and writes a flame graph; its path. */
export async function profile(groups: readonly Group[], name: string): Promise<string> {
  const group = groups.find(({ rows }) => rows.some((row) => row.name === name));
  const row = group?.rows.find((candidate) => candidate.name === name);
  if (!group || !row) throw new Error(`no row "${name}"; known: ${groups.flatMap(({ rows }) => rows.map((known) => known.name)).join('; ')}`);
  nodeOptions.push('--perf-basic-prof');
  mkdirSync(RESULTS, { recursive: true });
  try {
    const subject = (await group.open(false)).find((found): found is Subject => !isMissing(found) && found.kind === 'ours');
    if (!subject || subject.pids.length === 0) throw new Error(`${name} has no server of its own to profile`);
    await subject.measure(row, SECONDS / 4);
    const perf = await Perf.start(subject.pids, path.join(RESULTS, 'perf.data'));
    const measured = await subject.measure(row, SECONDS);
    const file = path.join(RESULTS, `${name.replaceAll(/[^\w.-]+/g, '-')}.svg`);
    writeFileSync(file, flameGraph(await perf.stop(), `${name}: ${measured?.value.toFixed(2)} ${row.unit}`));
    return file;
  } finally {
    await group.close();
  }
}
