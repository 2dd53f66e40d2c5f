import { UsageError } from '../core/errors.js';
import { systemdSockets } from '../transports/passed.js';
import type { TransportFlags } from './flags.js';

/** The flags with the socket that this process was started with, if any: the one of `--fd N`, or the one that systemd passes. */
export function withPassed<T extends TransportFlags>(flags: T, fd: string | undefined): T {
  if (fd === undefined) return !flags.socket && !flags.mount && systemdSockets(process.env).length > 0 ? { ...flags, socket: 'systemd:' } : flags;
  if (!/^\d{1,9}$/.test(fd)) throw UsageError(`--fd: must be the number of a descriptor, not "${fd}"`, 'for example --fd 3');
  if (flags.socket || flags.mount) throw UsageError(`--fd cannot go with --${flags.socket ? 'socket' : 'mount'}`, 'it is the socket');
  return { ...flags, socket: `fd:${fd}` };
}
