import { execFileSync } from 'node:child_process';
import type { TableCell } from './cells.js';
import { directory, seedLayers } from './serve.js';

/** Has another program lay the behaviours' layers over each other in `place` while something is done at the mountpoint. */
export async function mountedByPeer<T>({ peer }: TableCell, place: string, what: (mountpoint: string) => Promise<T>): Promise<T> {
  const { type, options } = peer!;
  const mountpoint = directory(place, 'mnt');
  const layers = `lowerdir=${seedLayers(place).join(':')},upperdir=${directory(place, 'upper')},workdir=${directory(place, 'work')}`;
  const wanted = options === '' ? layers : `${options},${layers}`;
  if (type === 'overlay') execFileSync('mount', ['-t', 'overlay', 'none', '-o', wanted, mountpoint]);
  else execFileSync('fuse-overlayfs', ['-o', wanted, mountpoint], { stdio: ['ignore', 'ignore', 'inherit'] });
  try {
    return await what(mountpoint);
  } finally {
    execFileSync('umount', ['-l', mountpoint]);
  }
}
