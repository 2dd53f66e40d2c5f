import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fetchPackages, packageBehind } from '../../bench/rivals/debian.js';
import { root } from '../cli/run.js';
import { cpio } from './cpio.js';

/** What a guest needs of the kernel, in the order in which it is loaded; what is not there is built in. */
const MODULES = ['virtio', 'virtio_ring', 'virtio_pci_modern_dev', 'virtio_pci_legacy_dev', 'virtio_pci', 'fuse', 'virtiofs'];
const DIRECTORY = 0o040755;
const PROGRAM = 0o100755;

const INIT = `#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc; mount -t devtmpfs dev /dev
for module in ${MODULES.join(' ')}; do [ -e /modules/$module.ko ] && insmod /modules/$module.ko; done
exec > /dev/ttyS1 2>&1
stty -F /dev/ttyS1 raw -echo
mount -t virtiofs share /mnt && cd /mnt && sh /script
echo "exit $?"
poweroff -f
`;

export interface GuestKernel {
  readonly image: string;
  /** The first root, but for the script that is run. */
  readonly files: Buffer;
}

/** Debian's kernel for virtual machines, of a release (Linux 6.1 of bookworm, 6.12 of trixie); fetched once. Throws when it cannot be had. */
export function debianKernel(suite: 'bookworm' | 'trixie'): GuestKernel {
  const place = path.join(root, '.cache', 'qemu', suite);
  mkdirSync(place, { recursive: true });
  const unpacked = path.join(place, 'root');
  const find = (pattern: string): string | undefined => globSync(pattern, { cwd: unpacked }).map((file) => path.join(unpacked, file))[0];
  const image = (): string | undefined => find('boot/vmlinuz-*');
  if (image() === undefined) fetchPackages(place, [packageBehind(place, 'linux-image-cloud-amd64', 'linux-image-', suite), 'busybox-static'], suite);
  const modules = MODULES.flatMap((name) => {
    const file = find(`{,usr/}lib/modules/*/kernel/**/${name}.ko{,.xz}`);
    if (file === undefined) return [];
    return [{ name: `modules/${name}.ko`, mode: 0o100644, data: file.endsWith('.xz') ? execFileSync('xz', ['-dc', file], { maxBuffer: 2 ** 28 }) : readFileSync(file) }];
  });
  const busybox = find('{,usr/}bin/busybox')!;
  if (!existsSync(busybox) || image() === undefined) throw new Error('the packages hold other files than expected');
  const directories = ['bin', 'dev', 'mnt', 'modules', 'proc'].map((name) => ({ name, mode: DIRECTORY }));
  const files = cpio([...directories, { name: 'init', mode: PROGRAM, data: INIT }, { name: 'bin/busybox', mode: PROGRAM, data: readFileSync(busybox) }, ...modules]);
  return { image: image()!, files };
}
