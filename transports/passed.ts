import { PassedSocketUnusable } from '../core/errors.js';
import { Errno, errnoName } from '../core/filesystem/errno.js';
import { adoptSocket } from '../native/socket.js';

/** The first descriptor that systemd passes; sd_listen_fds(3). */
const LISTEN_FDS_START = 3;

/** A socket that this process was started with. */
export interface Passed {
  readonly fd: number;
  /** A front-end is at its other end already. */
  readonly connected: boolean;
}

const REASONS: Record<number, string> = {
  [Errno.EBADF]: 'there is no such open descriptor',
  [Errno.ENOTSOCK]: 'it is no socket',
  [Errno.EPROTOTYPE]: 'it is a socket of another kind',
  [Errno.ENOTCONN]: 'it neither listens nor is connected',
};

/** Takes over `fd:N` or `systemd:NAME`. Throws a `UserError` for what is no Unix stream socket. */
export function takePassed(socket: string, environment = process.env): Passed {
  const [kind, name] = [socket.slice(0, socket.indexOf(':')), socket.slice(socket.indexOf(':') + 1)];
  const fd = kind === 'fd' ? Number(name) : bySystemd(socket, name, environment);
  const state = adoptSocket(fd);
  if (state < 0) throw PassedSocketUnusable(socket, REASONS[state] ?? errnoName(state));
  return { fd, connected: state === 1 };
}

/** The descriptors that systemd has passed to this process, by name; sd_listen_fds_with_names(3). */
export function systemdSockets({ LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES = '' }: NodeJS.ProcessEnv): string[] {
  if (Number(LISTEN_PID) !== process.pid) return [];
  const names = LISTEN_FDNAMES.split(':');
  return Array.from({ length: Math.max(0, Number(LISTEN_FDS) | 0) }, (_, index) => names[index] ?? '');
}

function bySystemd(socket: string, name: string, environment: NodeJS.ProcessEnv): number {
  const names = systemdSockets(environment);
  if (names.length === 0) throw PassedSocketUnusable(socket, 'systemd has passed no socket to this process (LISTEN_PID, LISTEN_FDS)');
  const matching = names.flatMap((one, index) => (name === '' || one === name ? [index] : []));
  if (matching.length === 1) return LISTEN_FDS_START + matching[0]!;
  throw PassedSocketUnusable(socket, `systemd has passed ${matching.length || 'no'} sockets${name && ` of this name`}; their names: ${names.join(', ')}`);
}
