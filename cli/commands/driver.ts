import type { Command } from 'commander';
import { Driver } from '../../driver/index.js';
import { UsageError } from '../../core/errors.js';
import { benchmark, type BenchFlags } from '../driver/bench.js';
import { findVerb } from '../driver/verbs.js';
import { exactWords } from '../driver/words.js';

/** What a shell says of a program that SIGPIPE ended, which Node ignores. */
const UNREAD = 128 + 13;

async function run(socket: string, name: string, paths: string[], flags: BenchFlags, command: Command): Promise<void> {
  if (name === 'bench') {
    if (paths.length > 0) throw UsageError('driver bench takes no paths', 'see: fusewire driver --help');
    return benchmark(socket, flags);
  }
  const given = command.options.find((option) => command.getOptionValueSource(option.attributeName()) === 'cli');
  if (given) throw UsageError(`${given.long} goes with bench`, 'see: fusewire driver --help');
  const verb = findVerb(name, paths.length);
  const driver = await Driver.connect(socket);
  try {
    await driver.mount();
    await verb.run(driver, exactWords([socket, name, ...paths]).slice(2));
    await driver.unmount();
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (code !== 'EPIPE' || syscall !== 'write') throw error;
    process.exitCode = UNREAD;
  } finally {
    await driver.close();
  }
}

export function driverCommand(program: Command): void {
  program.command('driver <socket> <verb> [paths...]')
    .description('talk to a vhost-user-fs server without a virtual machine: ls, cat, stat, put LOCAL REMOTE, get REMOTE LOCAL, rm, mkdir, bench')
    .option('--depth <n>', 'bench: requests at a time', '16')
    .option('--block <size>', 'bench: bytes of a read or write', '4KiB')
    .option('--size <size>', 'bench: bytes of the file it makes', '64MiB')
    .option('--mix <mix>', 'bench: percent of read, write, getattr, lookup, statfs', 'read=70,write=30')
    .option('--sequential', 'bench: one block after the other, not at random')
    .option('--seconds <s>', 'bench: how long', '5')
    .option('--queues <n>', 'bench: request queues, at most those of the device', '1')
    .option('--spin', 'bench: watch the rings instead of sleeping')
    .option('--packed', 'bench: packed rings, where the device offers them')
    .action(run);
}
