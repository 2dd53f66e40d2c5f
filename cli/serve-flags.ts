import path from 'node:path';
import type { Command } from 'commander';
import { TCP } from '../core/config/metrics-address.js';
import { keyPath, type ConfigSource } from '../core/config/source.js';
import { levelOption } from './log.js';

/** What every server takes from the command line, beside its mounts. */
export interface ServeFlags {
  admin?: string;
  metrics?: string;
  sandbox?: string;
  sandboxPath?: string[];
  modcaps?: string;
  logLevel: string;
}

export function serveOptions(command: Command): Command {
  return command
    .option('--admin <path>', 'Unix socket by which `fusewire ctl` manages the running server')
    .option('--metrics <address>', 'serve Prometheus metrics on this Unix socket or HOST:PORT')
    .option('--sandbox <mode>', 'auto, none, namespace or chroot: how the server confines itself (default: auto)')
    .option('--sandbox-path <dir>', 'directory that it may use beside those it serves; may be given again', (value: string, before: string[] = []) => [...before, value])
    .option('--modcaps <changes>', 'capabilities that it keeps or drops, such as +sys_admin:-mknod')
    .addOption(levelOption());
}

/** A source whose top-level keys are those of the flags where they are given; paths in flags are relative to the directory of the shell. */
export function withFlags(source: ConfigSource, { admin, metrics, sandbox, sandboxPath, modcaps }: ServeFlags): ConfigSource {
  const given: Record<string, unknown> = {
    ...admin !== undefined && { admin: path.resolve(admin) },
    ...metrics !== undefined && { metrics: TCP.test(metrics) ? metrics : path.resolve(metrics) },
    ...sandbox !== undefined && { sandbox },
    ...sandboxPath && { sandboxPaths: sandboxPath.map((directory) => path.resolve(directory)) },
    ...modcaps !== undefined && { modcaps },
  };
  return {
    ...source,
    data: Object.keys(given).length > 0 ? { ...source.data as object, ...given } : source.data,
    where: (keys) => (String(keys[0]) in given ? `--${keys[0] === 'sandboxPaths' ? 'sandbox-path' : keyPath(keys)}` : source.where(keys)),
  };
}
