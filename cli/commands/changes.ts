import type { Command } from 'commander';
import { CHANGE_COMMANDS } from '../changes/commands.js';
import { withChanges } from '../changes/verbs.js';
import type { WhereFlags } from '../changes/where.js';

const gather = (one: string, list: string[] = []): string[] => [...list, one];

/** Options that say whose changes are meant. */
function where(command: Command): Command {
  return command
    .option('-c, --config <file>', 'config file that has the overlay (default: found upwards)')
    .option('--name <mount>', 'the mount that is an overlay (default: the only one)')
    .option('--upper <dir>', 'instead of a config file: the directory that holds the changes, `upper` of the overlay')
    .option('--lower <dir>', 'with --upper: what they are changes of; may be given again, topmost first', gather)
    .option('--admin <socket>', 'ask a running server, while guests go on');
}

/** A command by its name: of an overlay that nobody serves, or of a server. */
export const changeCommand = (name: string) => (program: Command): void => CHANGE_COMMANDS[name]!({
  command: (usage, description) => where(program.command(usage).description(description)),
  with: (flags: WhereFlags, use) => withChanges(flags, use),
});
