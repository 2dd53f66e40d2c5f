import path from 'node:path';
import type { Command } from 'commander';
import { loadConfig } from '../../core/config/index.js';
import type { ConfigSource } from '../../core/config/source.js';
import { UsageError } from '../../core/errors.js';
import type { MountStats, MountSummary } from '../../core/stats.js';
import { CHANGE_COMMANDS } from '../changes/commands.js';
import { served } from '../changes/verbs.js';
import type { WhereFlags } from '../changes/where.js';
import { command } from '../ctl/ask.js';
import { listReport, statsReport } from '../ctl/report.js';
import { shareSource, transportData, treeSource, type ShareFlags, type TransportFlags } from '../flags.js';
import { mountOptions, transportOptions } from './share.js';

interface CtlFlags {
  admin?: string;
  json?: boolean;
}

type Merged<T> = T & CtlFlags;

function print(flags: CtlFlags, value: unknown, text: () => string): void {
  console.log(flags.json ? JSON.stringify(value, undefined, 2) : text());
}

async function list(flags: CtlFlags): Promise<void> {
  const mounts = await command(flags.admin, 'list', {}) as MountSummary[];
  print(flags, mounts, () => listReport(mounts));
}

async function stats(flags: CtlFlags): Promise<void> {
  const mounts = await command(flags.admin, 'stats', {}) as MountStats[];
  print(flags, mounts, () => statsReport(mounts));
}

/** Adds shares to a mount that is a tree of them: a directory, or those of a file. */
async function addInto(mount: string, dir: string | undefined, flags: Merged<ShareFlags & { config?: string }>): Promise<void> {
  const source = dir === undefined ? await loadConfig(flags.config) : treeSource(dir, flags);
  const shares = (source.data as { shares?: unknown } | undefined)?.shares;
  if (typeof shares !== 'object' || shares === null) throw UsageError(`${source.name} has no map of shares`, 'it needs the key `shares`, as an option of `use: mux` has it');
  const changed = await command(flags.admin, 'addShares', { name: mount, shares, directory: source.directory }, source, ['shares']) as MountSummary;
  print(flags, changed, () => listReport([changed]));
}

async function add(dir: string | undefined, flags: Merged<ShareFlags & { config?: string; into?: string }>): Promise<void> {
  if ((dir === undefined) === (flags.config === undefined)) throw UsageError('ctl add needs either DIR or -c FILE', 'see: fusewire ctl add --help');
  if (flags.into !== undefined) return addInto(flags.into, dir, flags);
  const source: ConfigSource = dir === undefined ? await loadConfig(flags.config) : shareSource(dir, flags);
  const mounts = (source.data as { mounts?: unknown } | undefined)?.mounts;
  if (!Array.isArray(mounts)) throw UsageError(`${source.name} has no list of mounts`, 'see docs/configuration.md');
  const added: MountSummary[] = [];
  for (const [index, mount] of mounts.entries()) {
    added.push(await command(flags.admin, 'add', { mount, directory: source.directory }, source, ['mounts', index]) as MountSummary);
  }
  print(flags, added, () => listReport(added));
}

async function attach(name: string, flags: Merged<TransportFlags>): Promise<void> {
  const source = shareSource('.', flags);
  const mount = await command(flags.admin, 'attach', { name, transport: transportData(flags), directory: source.directory }, source, ['mounts', 0, 'transport']) as MountSummary;
  print(flags, mount, () => listReport([mount]));
}

/** Options that stand before or after the verb. */
function verb(ctl: Command, usage: string, description: string): Command {
  return ctl.command(usage).description(description)
    .option('--admin <path>', 'socket of the server (default: that of the config file found upwards)');
}

export function ctlCommand(program: Command): void {
  const ctl = program.command('ctl').description('manage a running server by its admin socket');
  const json = (command: Command) => command.option('--json', 'print JSON');
  json(verb(ctl, 'list', 'list the mounts and how they are reached')).action(list);
  json(verb(ctl, 'stats', 'show what the mounts have done and hold')).action(stats);
  const adding = verb(ctl, 'add [dir]', 'serve a directory, or the mounts of a config file, too')
    .option('-c, --config <file>', 'config file whose mounts are added')
    .option('--into <mount>', 'add a share to the root of this mount, which is of `use: mux`; with -c those of the key `shares`')
    .option('--name <name>', 'name of the mount (default: the tag) or, with --into, of the share (default: that of the directory)');
  json(mountOptions(transportOptions(adding))).action(add);
  verb(ctl, 'remove <name>', 'end a mount or, with --from, take a share out of one; the others go on')
    .option('--from <mount>', 'the mount that has the share')
    .action(async (name: string, { admin, from }: CtlFlags & { from?: string }) =>
      void await (from === undefined ? command(admin, 'remove', { name }) : command(admin, 'removeShare', { name: from, share: name })));
  json(transportOptions(verb(ctl, 'attach <name>', 'serve a mount over one more transport'))).action(attach);
  for (const change of Object.values(CHANGE_COMMANDS)) {
    change({
      command: (usage, description) => verb(ctl, usage, description).option('--name <mount>', 'the mount that is an overlay (default: the only one)'),
      with: async (flags: WhereFlags, use) => use(await served(flags)),
    });
  }
  verb(ctl, 'detach <name> <place>', 'end the transport of a mount at this socket or mountpoint; the others go on')
    .action(async (name: string, place: string, { admin }: CtlFlags) => void await command(admin, 'detach', { name, place: path.resolve(place) }));
}
