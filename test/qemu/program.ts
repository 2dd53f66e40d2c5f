import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { fetchPackages } from '../../bench/rivals/debian.js';
import { root } from '../cli/run.js';

/** The words that run QEMU. */
export type Program = readonly [command: string, ...args: string[]];

/** The QEMU that is installed, or why there is none. */
export function installedQemu(): Program | string {
  return spawnSync('qemu-system-x86_64', ['--version']).status === 0 ? ['qemu-system-x86_64'] : 'QEMU is not installed: apt-get install qemu-system-x86';
}

/** QEMU 10 of Debian trixie, with the libraries it needs, beside those of this system; fetched once. Or why it cannot be had. */
export function trixieQemu(): Program | string {
  const place = path.join(root, '.cache', 'qemu', 'qemu-10');
  const binary = path.join(place, 'root/usr/bin/qemu-system-x86_64');
  try {
    mkdirSync(place, { recursive: true });
    if (!existsSync(binary)) fetchPackages(place, ['qemu-system-x86'], 'trixie', true);
    const [linker] = globSync('root/usr/lib*/**/ld-linux-x86-64.so.2', { cwd: place });
    const library = globSync('root/usr/lib/*/libc.so.6', { cwd: place })[0];
    if (linker === undefined || library === undefined) return 'the packages of QEMU 10 hold other files than expected';
    const inPlace = (name: string): string => path.join(place, name);
    const program: Program = [inPlace(linker), '--library-path', path.dirname(inPlace(library)), binary, '-L', inPlace('root/usr/share/qemu'), '-L', inPlace('root/usr/share/seabios')];
    return spawnSync(program[0], [...program.slice(1), '--version']).status === 0 ? program : 'QEMU 10 does not run here';
  } catch (error) {
    return `QEMU 10 cannot be fetched: ${(error as Error).message.split('\n')[0]}`;
  }
}
