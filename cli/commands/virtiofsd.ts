import type { Command } from 'commander';
import { UsageError } from '../../core/errors.js';
import { raiseFileLimit } from '../file-limit.js';
import { serve } from '../serve.js';
import { withLegacy } from '../virtiofsd/legacy.js';
import { type VirtiofsdFlags, virtiofsdOptions } from '../virtiofsd/options.js';
import { virtiofsdSource } from '../virtiofsd/source.js';

/** What a program says of itself to management software, the type of QEMU's docs/interop/vhost-user.json. */
const CAPABILITIES = { type: 'fs', features: ['migrate-precopy', 'separate-options'] };
const LEVELS: Readonly<Record<string, string>> = { trace: 'debug', off: 'silent' };

async function virtiofsd(given: VirtiofsdFlags, version: string): Promise<void> {
  const flags = withLegacy(given);
  if (flags.version) return console.log(`fusewire virtiofsd ${version}`);
  if (flags.printCapabilities) return console.log(JSON.stringify(CAPABILITIES, undefined, 2));
  const source = virtiofsdSource(flags);
  const files = Number(flags.rlimitNofile ?? Number.NaN);
  if (flags.rlimitNofile !== undefined) {
    if (!/^\d{1,9}$/.test(flags.rlimitNofile)) throw UsageError(`--rlimit-nofile: "${flags.rlimitNofile}" is no number of files`, 'for example --rlimit-nofile 100000, or 0 for what it is');
    if (files > 0 && raiseFileLimit(files) < 0) throw UsageError(`--rlimit-nofile: ${files} is not allowed`, 'it needs CAP_SYS_RESOURCE, and fs.nr_open is the most; see getrlimit(2)');
  }
  if (flags.seccomp !== undefined && flags.seccomp !== 'none') console.error('fusewire: --seccomp: there is no filter of system calls; Landlock, dropped capabilities and no_new_privs are in its place');
  await serve(source, { logLevel: flags.debug ? 'debug' : (LEVELS[flags.logLevel] ?? flags.logLevel) }, flags.rlimitNofile === undefined);
}

export function virtiofsdCommand(program: Command): void {
  virtiofsdOptions(program.command('virtiofsd').description('serve one directory to one guest, with the options of virtiofsd; ends when the guest does'))
    .action((flags: VirtiofsdFlags) => virtiofsd(flags, program.version()!));
}
