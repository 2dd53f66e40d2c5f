import { type Command, Option } from 'commander';
import type { LayerFormat } from '../../core/filesystem/change-set.js';
import { commitReport, diffReport } from './report.js';
import type { Verbs } from './verbs.js';

/** Makes a command that does something with a change set, which `with` finds by its flags. */
export interface Define {
  command(usage: string, description: string): Command;
  with(flags: never, use: (changes: Verbs) => Promise<void>): Promise<void>;
}

interface Flags {
  json?: boolean;
}

const json = (command: Command): Command => command.option('--json', 'print JSON');

/** The flags of the command that was given come last but for the command itself. */
type Action = (changes: Verbs, print: (value: unknown, text: string) => void, args: readonly string[], flags: never) => Promise<void>;

function define(to: Define, usage: string, description: string, action: Action, options: (command: Command) => Command = (command) => command): void {
  options(json(to.command(usage, description))).action((...given: unknown[]) => {
    const flags = given.at(-2) as Flags;
    const print = (value: unknown, text: string): void => console.log(flags.json ? JSON.stringify(value, undefined, 2) : text);
    return to.with(flags as never, (changes) => action(changes, print, given.slice(0, -2) as string[], flags as never));
  });
}

/** What can be done with change sets, by name. */
export const CHANGE_COMMANDS: Readonly<Record<string, (to: Define) => void>> = {
  diff: (to) => define(to, 'diff', 'list what the upper layer of an overlay changes', async (changes, print) => {
    const all = await changes.diff();
    print(all, diffReport(all));
  }),
  commit: (to) => define(to, 'commit', 'apply the changes of an overlay to its topmost lower layer, and empty the upper one', async (changes, print, _args, flags: { to?: string }) => {
    const done = await changes.commit(flags.to);
    print(done, commitReport(done));
  }, (command) => command.option('--to <dir>', 'apply them to this directory instead, and keep them')),
  discard: (to) => define(to, 'discard', 'throw the changes of an overlay away, back to the last snapshot', async (changes, print) => {
    const discarded = await changes.discard();
    print({ discarded }, `${discarded} name${discarded === 1 ? '' : 's'} at the root discarded`);
  }),
  snapshot: (to) => define(to, 'snapshot', 'freeze what an overlay has changed as a new lower layer, and go on with no changes', async (changes, print) => {
    const snapshot = await changes.snapshot();
    print({ snapshot }, `snapshot ${snapshot}`);
  }),
  export: (to) => define(to, 'export <to>', 'write the changes of an overlay, as a layer that others understand, to a file or directory', async (changes, print, [file], { format }: { format: LayerFormat }) => {
    const entries = await changes.export(file!, format);
    print({ entries }, `${entries} entries written to ${file}`);
  }, (command) => command.addOption(new Option('--format <format>', '`oci`: a tar archive, with gzip for names that end in .gz or .tgz; `overlayfs`: an upper directory').choices(['oci', 'overlayfs']).default('oci'))),
  import: (to) => define(to, 'import <from>', 'make the changes of a layer in an overlay: a tar archive (OCI layer), or an upper directory of overlayfs', async (changes, print, [file]) => {
    const done = await changes.import(file!);
    print(done, `${done.written} written, ${done.deleted} deleted`);
  }),
};
