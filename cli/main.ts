import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Command, CommanderError } from 'commander';
import { UserError } from '../core/errors.js';
import { DriverError } from '../driver/errors.js';
import { checkCommand } from './commands/check.js';
import { ctlCommand } from './commands/ctl.js';
import { demoCommand } from './commands/demo.js';
import { driverCommand } from './commands/driver.js';
import { guestCommand } from './commands/guest.js';
import { pluginsCommand } from './commands/plugins.js';
import { serveCommand } from './commands/serve.js';
import { shareCommand } from './commands/share.js';
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

const program = new Command('fusewire')
  .description('file systems as TypeScript classes, served over virtio-fs or /dev/fuse')
  .version(version)
  .enablePositionalOptions()
  .exitOverride();
for (const add of [shareCommand, serveCommand, guestCommand, ctlCommand, driverCommand, checkCommand, pluginsCommand, demoCommand]) add(program);
await program.parseAsync().catch(complain);
