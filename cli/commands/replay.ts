import path from 'node:path';
import type { Command } from 'commander';
import { hostDirectory } from '../../admin/host-directory.js';
import { apart } from '../../core/apart.js';
import { checkConfig, type FileSystemSelection, loadConfig } from '../../core/config/index.js';
import { UsageError } from '../../core/errors.js';
import { silent } from '../../core/log.js';
import { registry } from '../../index.js';
import { Client } from '../../stack/index.js';
import { chooseMount } from '../choose-mount.js';
import { recording } from '../replay/recording.js';
import { Replay } from '../replay/replay.js';

interface Flags {
  config?: string;
  name?: string;
  dir?: string;
  json?: boolean;
}

interface Totals {
  requests: number;
  alike: number;
  different: number;
  skipped: number;
  dropped: number;
}

const SLOTS = 4;

/** The file system to ask, which must not record what it is asked now. */
async function target({ config, name, dir }: Flags): Promise<FileSystemSelection> {
  if (dir !== undefined) {
    if (config !== undefined || name !== undefined) throw UsageError('--dir says all', 'leave --config and --name out');
    return hostDirectory(path.resolve(dir), '--dir', registry);
  }
  const source = await loadConfig(config);
  const { mounts } = await checkConfig(source, registry);
  const { layers = [], ...filesystem } = chooseMount(source, mounts, name).filesystem;
  return { ...filesystem, layers: layers.filter(({ use }) => use !== 'trace') };
}

async function replay(file: string, flags: Flags): Promise<Totals> {
  return apart(await target(flags), registry, silent, async (part) => {
    const client = new Client(part, SLOTS);
    client.start();
    const made = new Replay(client);
    const totals: Totals = { requests: 0, alike: 0, different: 0, skipped: 0, dropped: 0 };
    for await (const { number, line } of recording(file)) {
      if ('dropped' in line) totals.dropped += line.dropped;
      if (!('op' in line)) continue;
      totals.requests++;
      const outcome = await made.run(line);
      if (outcome === 'alike') totals.alike++;
      else if ('skipped' in outcome) totals.skipped++;
      else {
        totals.different++;
        const { op, node, args } = line;
        if (flags.json) console.log(JSON.stringify({ line: number, op, node, ...outcome }));
        else console.log(`${number}: ${op} ${typeof args['name'] === 'string' ? args['name'] : `node ${node}`}: ${outcome.differs}`);
      }
    }
    client.close();
    return totals;
  });
}

export function replayCommand(program: Command): void {
  program.command('replay').description('make the requests of a recording of another file system, and compare what comes of them')
    .argument('<file>', 'recording of the layer `trace`')
    .option('-c, --config <file>', 'config file that has the mount (default: found upwards)')
    .option('--name <mount>', 'mount of the config file (default: the only one)')
    .option('--dir <dir>', 'a directory of this host instead')
    .option('--json', 'print JSON, a line each')
    .action(async (file: string, flags: Flags) => {
      const totals = await replay(file, flags);
      const { requests, alike, different, skipped, dropped } = totals;
      console.log(flags.json ? JSON.stringify(totals) : `${requests} requests, ${alike} alike, ${different} different, ${skipped} skipped${dropped > 0 ? `; ${dropped} more had not been recorded` : ''}`);
      if (different > 0) process.exitCode = 1;
    });
}
