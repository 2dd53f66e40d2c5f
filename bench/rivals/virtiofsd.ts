import { execFileSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import path from 'node:path';
import { cache } from '../places.js';
import { fetched, fetchPackages } from './debian.js';
import type { Program } from './program.js';

const SUITE = 'trixie';
const PACKAGES = ['virtiofsd', 'libc6', 'libgcc-s1', 'libcap-ng0', 'libseccomp2'];

function find(place: string, pattern: string): string | undefined {
  return globSync(pattern, { cwd: place }).map((file) => path.join(place, file)).find((file) => existsSync(file));
}

/** Rust virtiofsd: the system's, or Debian trixie's with its own libraries. Throws when it cannot be had. */
export function rustVirtiofsd(): Program {
  const installed = ['/usr/libexec/virtiofsd', '/usr/bin/virtiofsd'].find((file) => existsSync(file));
  if (installed) return withVersion(installed, []);
  const place = cache('virtiofsd');
  if (!find(place, 'root/usr/libexec/virtiofsd')) fetched('apt-get install virtiofsd, of Debian 13', () => fetchPackages(place, PACKAGES, SUITE));
  const loader = find(place, 'root/usr/lib*/**/ld-linux-*.so.*')!;
  const libraries = path.dirname(find(place, 'root/usr/lib*/**/libc.so.6')!);
  return withVersion(loader, ['--library-path', libraries, find(place, 'root/usr/libexec/virtiofsd')!]);
}

function withVersion(command: string, args: readonly string[]): Program {
  return { command, args, version: execFileSync(command, [...args, '--version'], { encoding: 'utf8' }).trim() };
}

/** C virtiofsd of QEMU 7.2. Throws when it is not installed. */
export function cVirtiofsd(): Program {
  const command = '/usr/lib/qemu/virtiofsd';
  if (!existsSync(command)) throw new Error('apt-get install qemu-system-common, of QEMU up to 7.2');
  return { command, args: [], version: execFileSync(command, ['--version'], { encoding: 'utf8' }).split('\n')[0] };
}
