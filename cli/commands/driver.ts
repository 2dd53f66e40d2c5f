import type { Command } from 'commander';
import { Driver } from '../../driver/index.js';
import { findVerb } from '../driver/verbs.js';
import { exactWords } from '../driver/words.js';

/** What a shell says of a program that SIGPIPE ended, which Node ignores. */
const UNREAD = 128 + 13;

async function run(socket: string, name: string, paths: string[]): Promise<void> {
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
    .description('talk to a vhost-user-fs server without a virtual machine: ls, cat, stat, put LOCAL REMOTE, get REMOTE LOCAL, rm, mkdir')
    .action(run);
}
