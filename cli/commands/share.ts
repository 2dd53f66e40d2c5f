import type { Command } from 'commander';
import { shareSource, type ShareFlags } from '../flags.js';
import { withPassed } from '../passed.js';
import { type ServeFlags, serveOptions } from '../serve-flags.js';
import { serve } from '../serve.js';

const collect = (value: string, before: string[] = []): string[] => [...before, value];

/** The flags of a share that `share` and `guest --share` have in common. */
export function mountOptions(command: Command): Command {
  return command
    .option('--readonly', 'refuse every change')
    .option('--cache <mode>', 'none, auto or always (default: auto)')
    .option('--cache-timeout <duration>', 'how long --cache auto trusts what it knows (default: 1s)')
    .option('--writeback', 'let the kernel gather writes')
    .option('--translate-uid <rule>', 'map user ids, as virtiofsd does; may be given again', collect)
    .option('--translate-gid <rule>', 'map group ids', collect)
    .option('--squash <uid:gid>', 'let all guests act as this user of the host')
    .option('--xattrmap <rules>', 'map names of extended attributes, as virtiofsd does');
}

/** The flags that say how a share is reached. */
export function transportOptions(command: Command): Command {
  return command
    .option('--socket <path>', 'Unix socket that the VMM connects to')
    .option('--tag <tag>', 'name that the guest mounts (default: share)')
    .option('--queues <n>', 'request queues (default: 1)')
    .option('--mount <dir>', 'mount here through /dev/fuse');
}

export function shareCommand(program: Command): void {
  const command = program.command('share <dir>')
    .description('serve a directory over virtio-fs (--socket) or on a mountpoint of this host (--mount)');
  serveOptions(mountOptions(transportOptions(command)))
    .option('--fd <n>', 'the socket, as a descriptor that is open already; one that systemd passes needs no flag')
    .action((dir: string, { fd, ...flags }: ShareFlags & ServeFlags & { fd?: string }) => serve(shareSource(dir, withPassed(flags, fd)), flags));
}
