import { spawnSync } from 'node:child_process';
import { constants } from 'node:os';

/**
 * A datagram socket may not connect to a stream socket (EPROTOTYPE), but learns whether there is one: a server that
 * serves a single front-end is not disturbed. Node has no such sockets; perl the guest needs, too.
 */
const PROBE = 'socket my $probe, AF_UNIX, SOCK_DGRAM, 0; connect $probe, pack_sockaddr_un($ARGV[0]); exit $!';

const REASONS: Record<number, string> = {
  [constants.errno.ENOENT]: 'there is no such socket',
  [constants.errno.ECONNREFUSED]: 'nobody listens on this socket',
  [constants.errno.EACCES]: 'this user may not connect to this socket',
};

/** Why a guest could not connect to the Unix socket; undefined when nothing is known against it. */
export function unreachable(socket: string): string | undefined {
  return REASONS[spawnSync('perl', ['-MSocket', '-e', PROBE, socket], { stdio: 'ignore' }).status ?? 0];
}
