import { readFileSync } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { MountpointBusy, MountpointUnusable } from '../../core/errors.js';
import { unmount } from './mount.js';

/** File system types mounted at `mountpoint`, the uppermost last; proc(5), /proc/PID/mountinfo. */
function mountedTypes(mountpoint: string): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8').split('\n').flatMap((line) => {
    const [left, right] = line.split(' - ');
    const target = left?.split(' ')[4]?.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
    return target === mountpoint && right ? [right.split(' ')[0]!] : [];
  });
}

/** Makes sure that `mountpoint` can be mounted on: a dead FUSE mount is taken away, a live one of ours refused. */
export async function prepareMountpoint(mountpoint: string, subtype: string): Promise<void> {
  try {
    // Not stat(2), which the kernel may answer for a dead server from what it remembers.
    await (await opendir(mountpoint)).close();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTCONN') throw MountpointUnusable(mountpoint, code ?? String(error));
    await unmount(mountpoint);
    return;
  }
  if (mountedTypes(mountpoint).at(-1) === `fuse.${subtype}`) throw MountpointBusy(mountpoint);
}
