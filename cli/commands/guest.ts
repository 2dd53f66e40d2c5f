import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { constants, tmpdir, totalmem } from 'node:os';
import path from 'node:path';
import type { Command } from 'commander';
import { checkConfig, loadConfig, parseDuration, parseSize, transportsOf, type MountConfig } from '../../core/config/index.js';
import type { ConfigSource } from '../../core/config/source.js';
import { UsageError } from '../../core/errors.js';
import { registry, Server } from '../../index.js';
import { chooseMount } from '../choose-mount.js';
import { MOUNT_FLAGS, shareSource, type ShareFlags } from '../flags.js';
import { runGuest, UNREAD, type GuestOptions } from '../guest/run.js';
import { createLog, levelOption } from '../log.js';
import { untilSignal } from '../signals.js';
import { mountOptions } from './share.js';

interface GuestFlags extends ShareFlags {
  config?: string;
  name?: string;
  share?: string;
  memory?: string;
  options?: string;
  timeout?: string;
  logLevel: string;
}

type Target = Pick<GuestOptions, 'socket' | 'tag'>;

function quantity(flag: string, text: string | undefined, parse: (text: string) => number | undefined, example: string): number | undefined {
  if (text === undefined) return undefined;
  const value = parse(text);
  if (!value) throw UsageError(`${flag}: "${text}" is not understood`, `for example ${flag} ${example}`);
  return value;
}

/** Whether a server listens on the socket. */
async function isLive(socket: string): Promise<boolean> {
  const probe = connect(socket);
  try {
    await once(probe, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    probe.destroy();
  }
}

/** Serves a mount to the guest alone, on a socket of its own, whatever transport the config gives it. */
async function serveFor<T>(mount: MountConfig, level: string, use: (target: Target) => Promise<T>): Promise<T> {
  const work = mkdtempSync(path.join(tmpdir(), 'fusewire-share-'));
  const target = { socket: path.join(work, 'socket'), tag: 'share' };
  const transport = { use: 'virtiofs', options: { ...target, queues: 1 } };
  let server: Server | undefined;
  try {
    server = await Server.start({ mounts: [{ ...mount, transport }] }, registry, createLog(level));
    return await use(target);
  } finally {
    await server?.stop();
    rmSync(work, { recursive: true, force: true });
  }
}

async function findMount(source: ConfigSource, name?: string): Promise<MountConfig> {
  const { mounts } = await checkConfig(source, registry);
  return chooseMount(source, mounts, name);
}

/** Refuses flags that would go unheeded: who asks for `--readonly` must not get a share that is not. */
function refuseIdle(flags: GuestFlags): void {
  if (flags.socket === undefined && flags.tag !== undefined) throw UsageError('--tag goes with --socket', 'see: fusewire guest --help');
  const idle = flags.share === undefined ? MOUNT_FLAGS.find((flag) => flags[flag] !== undefined) : undefined;
  if (idle) throw UsageError(`--${idle.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} goes with --share`, 'a running server and a mount of a config file have their own settings');
}

async function withTarget<T>(flags: GuestFlags, use: (target: Target) => Promise<T>): Promise<T> {
  if ([flags.socket, flags.share, flags.name ?? flags.config].filter((flag) => flag !== undefined).length !== 1) {
    throw UsageError('guest needs one of --socket S --tag T, --name MOUNT or --share DIR', 'see: fusewire guest --help');
  }
  refuseIdle(flags);
  if (flags.socket !== undefined) return use({ socket: flags.socket, tag: flags.tag ?? 'share' });
  const source = flags.share === undefined ? await loadConfig(flags.config) : shareSource(flags.share, { ...flags, socket: path.join(tmpdir(), `fusewire-guest-${process.pid}`) });
  const mount = await findMount(source, flags.name);
  for (const [, { use: name, options }] of transportsOf(mount)) {
    const target = options as Target;
    if (name === 'virtiofs' && await isLive(target.socket)) return use(target);
  }
  return serveFor(mount, flags.logLevel, use);
}

async function guest(command: string[], flags: GuestFlags): Promise<void> {
  const memory = quantity('--memory', flags.memory, parseSize, '512M');
  if (memory && memory > totalmem()) throw UsageError(`--memory: this host has only ${Math.floor(totalmem() / 2 ** 20)}M`, 'choose less');
  const timeout = quantity('--timeout', flags.timeout, parseDuration, '60s');
  const abort = new AbortController();
  void untilSignal().then((signal) => abort.abort(signal));
  const { code, reason } = await withTarget(flags, (target) =>
    runGuest({ ...target, command, memory, timeout, options: flags.options, signal: abort.signal, stdout: process.stdout, stderr: process.stderr }));
  if (reason && code !== UNREAD && !abort.signal.aborted) console.error(`fusewire: guest: ${reason}`);
  process.exitCode = abort.signal.aborted ? 128 + constants.signals[abort.signal.reason as NodeJS.Signals] : code;
}

export function guestCommand(program: Command): void {
  const command = program.command('guest <command...>')
    .description('boot a throwaway Linux guest, mount a share on its /mnt and run a command there; the host\'s root is its root, read-only')
    .usage('(--socket S --tag T | -c FILE --name MOUNT | --share DIR) [options] -- COMMAND...')
    .option('--socket <path>', 'socket of a running server')
    .option('--tag <tag>', 'its tag (default: share)')
    .option('-c, --config <file>', 'config file (default: found upwards)')
    .option('--name <mount>', 'mount of the config file; served for this guest unless its socket is live')
    .option('--share <dir>', 'directory, served for this guest')
    .option('--memory <size>', 'memory of the guest (default: 512M)')
    .option('--options <options>', 'mount options in the guest')
    .option('--timeout <duration>', 'kill the guest after this time, exit 124');
  mountOptions(command).addOption(levelOption().default('warn')).passThroughOptions()
    .addHelpText('after', '\nThe command\'s input is empty. Exits with the command\'s code; 124: timeout, 125: the guest could not boot, 126: it could not mount\n(and says so on stderr); '
      + 'as of a shell, 126 is also a command that cannot be executed, 127 one that is not found.')
    .action((words: string[], flags: GuestFlags) => guest(words, flags));
}
