import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Command, CommanderError } from 'commander';
import { UserError } from '../core/errors.js';
import { DriverError } from '../driver/errors.js';
import { Failure } from './failure.js';

const { version } = JSON.parse(readFileSync(path.join(import.meta.dirname, '../../package.json'), 'utf8')) as { version: string };

/** What went wrong, as one message; a stack only for what is no user's fault. */
function complain(error: unknown): void {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else if (error instanceof UserError) {
    console.error(`fusewire: ${error.message}${error.hint && `\n  ${error.hint}`}`);
    process.exitCode = 2;
  } else {
    const expected = error instanceof DriverError || error instanceof Failure || (error as NodeJS.ErrnoException).syscall !== undefined;
    console.error(`fusewire: ${expected ? (error as Error).message : (error as Error).stack}`);
    process.exitCode = 1;
  }
}

/** What a command needs is loaded for that command, and all of them for help. */
const COMMANDS: Record<string, (() => Promise<(program: Command) => void>) | undefined> = {
  share: async () => (await import('./commands/share.js')).shareCommand,
  serve: async () => (await import('./commands/serve.js')).serveCommand,
  virtiofsd: async () => (await import('./commands/virtiofsd.js')).virtiofsdCommand,
  guest: async () => (await import('./commands/guest.js')).guestCommand,
  ctl: async () => (await import('./commands/ctl.js')).ctlCommand,
  diff: async () => (await import('./commands/changes.js')).changeCommand('diff'),
  commit: async () => (await import('./commands/changes.js')).changeCommand('commit'),
  discard: async () => (await import('./commands/changes.js')).changeCommand('discard'),
  snapshot: async () => (await import('./commands/changes.js')).changeCommand('snapshot'),
  export: async () => (await import('./commands/changes.js')).changeCommand('export'),
  import: async () => (await import('./commands/changes.js')).changeCommand('import'),
  replay: async () => (await import('./commands/replay.js')).replayCommand,
  driver: async () => (await import('./commands/driver.js')).driverCommand,
  check: async () => (await import('./commands/check.js')).checkCommand,
  plugins: async () => (await import('./commands/plugins.js')).pluginsCommand,
  demo: async () => (await import('./commands/demo.js')).demoCommand,
};

// As a shell tells of a program that SIGPIPE has ended.
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => code === 'EPIPE' && process.exit(128 + 13));

const named = COMMANDS[process.argv[2] ?? ''];
const program = new Command('fusewire')
  .description('file systems as TypeScript classes, served over virtio-fs or /dev/fuse')
  .version(version)
  .enablePositionalOptions()
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'fusewire: ')) })
  .showHelpAfterError(`  see: fusewire ${named ? process.argv[2] : '<command>'} --help`)
  .exitOverride();
for (const load of named ? [named] : Object.values(COMMANDS)) (await load!())(program);
await program.parseAsync().catch(complain);
