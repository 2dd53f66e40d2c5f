import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { CONDITIONS, type Group } from './model.js';
import { driverGroup } from './groups/driver.js';
import { guestGroup } from './groups/guest.js';
import { microGroup } from './groups/micro.js';
import { growthGroup } from './groups/growth.js';
import { memoryGroup, mountGroup } from './groups/host.js';
import { RESULTS } from './places.js';
import { profile } from './profile/profile.js';
import { ratios } from './ratios.js';
import { chart } from './report/chart.js';
import { environment } from './report/environment.js';
import { endProgress, showProgress, table } from './report/terminal.js';
import { type GroupOutcome, runGroup } from './run.js';

interface Flags {
  quick?: boolean;
  smoke?: boolean;
  rows?: string;
  json?: string;
  profile?: string;
}

const PACE = {
  full: { rounds: 7, seconds: 0.5, compiling: 1, warmUp: 0.2, sparing: false },
  quick: { rounds: 3, seconds: 0.04, compiling: 0.5, warmUp: 0.02, sparing: true },
  smoke: { rounds: 1, seconds: 0.002, compiling: 0, warmUp: 0, sparing: false },
};

const groups = (): Group[] => [driverGroup(), mountGroup(), memoryGroup(), guestGroup(), microGroup(), growthGroup()] as Group[];

/** A group that cannot start is told of and takes nothing away from the others. */
async function runOrTell(...[group, options]: Parameters<typeof runGroup>): Promise<GroupOutcome> {
  try {
    return await runGroup(group, options);
  } catch (error) {
    return { group, subjects: [], missing: [], outcomes: [], failures: [`${group.name}: ${(error as Error).message.trim()}`] };
  }
}

async function run(flags: Flags): Promise<void> {
  if (flags.profile) return console.log(await profile(groups(), flags.profile));
  const started = environment();
  const pace = flags.smoke ? PACE.smoke : flags.quick ? PACE.quick : PACE.full;
  const rows = new RegExp(flags.rows ?? '');
  const outcomes: GroupOutcome[] = [];
  for (const group of groups()) {
    if (!group.rows.some(({ name }) => rows.test(name))) continue;
    outcomes.push(await runOrTell(group, { ...pace, rows, conditions: flags.smoke ? ['idle'] : CONDITIONS, rivals: !flags.smoke, lengthy: !flags.quick || flags.rows !== undefined, progress: showProgress }));
    endProgress();
    console.log(table(outcomes.at(-1)!));
  }
  const all = outcomes.flatMap(ratios);
  if (flags.json) writeFileSync(flags.json, `${JSON.stringify(all, undefined, 1)}\n`);
  if (outcomes.some(({ failures }) => failures.length > 0)) process.exitCode = 1;
  if (flags.smoke) return;
  mkdirSync(RESULTS, { recursive: true });
  const file = path.join(RESULTS, started.date.replaceAll(/[:.]/g, '-'));
  const details = outcomes.map(({ group, ...rest }) => ({ group: group.name, ...rest }));
  writeFileSync(`${file}.svg`, chart(all, `${started.date}, ${started.kernel}, ${started.commit}`));
  writeFileSync(`${file}.json`, `${JSON.stringify({ environment: started, ratios: all, groups: details }, undefined, 1)}\n`);
  console.log(`\n${path.relative(process.cwd(), file)}.json, .svg`);
}

await new Command('bench')
  .description('measures Fusewire beside its rivals')
  .option('--quick', 'under 5 minutes')
  .option('--smoke', 'every row once, in seconds; the figures mean nothing')
  .option('--rows <regexp>', 'these rows only')
  .option('--json <file>', 'write the ratios')
  .option('--profile <row>', 'write a flame graph of one row')
  .action(run)
  .parseAsync();
