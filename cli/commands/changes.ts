import { type Command, Option } from 'commander';
import type { LayerFormat } from '../../core/filesystem/change-set.js';
import { commitReport, diffReport } from '../changes/report.js';
import { withChanges } from '../changes/verbs.js';
import type { WhereFlags } from '../changes/where.js';

type Flags = WhereFlags & { json?: boolean };

function print(flags: Flags, value: unknown, text: string): void {
  console.log(flags.json ? JSON.stringify(value, undefined, 2) : text);
}

const gather = (one: string, list: string[] = []): string[] => [...list, one];

/** Options that say whose changes are meant. */
function where(command: Command): Command {
  return command
    .option('-c, --config <file>', 'config file that has the overlay (default: found upwards)')
    .option('--name <mount>', 'the mount that is an overlay (default: the only one)')
    .option('--upper <dir>', 'instead of a config file: the directory that holds the changes, `upper` of the overlay')
    .option('--lower <dir>', 'with --upper: what they are changes of; may be given again, topmost first', gather)
    .option('--admin <socket>', 'ask a running server, while guests go on')
    .option('--json', 'print JSON');
}

export function diffCommand(program: Command): void {
  where(program.command('diff').description('list what the upper layer of an overlay changes'))
    .action((flags: Flags) => withChanges(flags, async (changes) => {
      const all = await changes.diff();
      print(flags, all, diffReport(all));
    }));
}

export function commitCommand(program: Command): void {
  where(program.command('commit').description('apply the changes of an overlay to its topmost lower layer, and empty the upper one'))
    .option('--to <dir>', 'apply them to this directory instead, and keep them')
    .action((flags: Flags & { to?: string }) => withChanges(flags, async (changes) => {
      const done = await changes.commit(flags.to);
      print(flags, done, commitReport(done));
    }));
}

export function discardCommand(program: Command): void {
  where(program.command('discard').description('throw the changes of an overlay away'))
    .action((flags: Flags) => withChanges(flags, async (changes) => {
      const discarded = await changes.discard();
      print(flags, { discarded }, `${discarded} name${discarded === 1 ? '' : 's'} at the root discarded`);
    }));
}

export function snapshotCommand(program: Command): void {
  where(program.command('snapshot').description('freeze what an overlay has changed as a new lower layer, and go on with no changes'))
    .action((flags: Flags) => withChanges(flags, async (changes) => {
      const number = await changes.snapshot();
      print(flags, { snapshot: number }, `snapshot ${number}`);
    }));
}

export function exportCommand(program: Command): void {
  where(program.command('export').description('write the changes of an overlay as a layer that others understand').argument('<to>', 'file or directory to write'))
    .addOption(new Option('--format <format>', '`oci`: a tar archive, with gzip for names that end in .gz or .tgz; `overlayfs`: an upper directory').choices(['oci', 'overlayfs']).default('oci'))
    .action((to: string, flags: Flags & { format: LayerFormat }) => withChanges(flags, async (changes) => {
      const entries = await changes.export(to, flags.format);
      print(flags, { entries }, `${entries} entries written to ${to}`);
    }));
}

export function importCommand(program: Command): void {
  where(program.command('import').description('make the changes of a layer in an overlay').argument('<from>', 'tar archive (OCI layer), or upper directory of overlayfs'))
    .action((from: string, flags: Flags) => withChanges(flags, async (changes) => {
      const done = await changes.import(from);
      print(flags, done, `${done.written} written, ${done.deleted} deleted`);
    }));
}
