import { accessSync, constants, globSync } from 'node:fs';
import path from 'node:path';

const MODULES = '/usr/lib/uml/modules/*/kernel/fs/fuse/virtiofs.ko';

/** The User Mode Linux kernel on the PATH; undefined when there is none. */
export function kernel(): string | undefined {
  return (process.env['PATH'] ?? '').split(':').map((dir) => path.join(dir, 'linux.uml')).find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Why this host cannot boot a guest, with what would help; undefined when it can. */
export function guestMissing(): string | undefined {
  if (!kernel()) return 'User Mode Linux is not installed: apt-get install user-mode-linux';
  if (!globSync(MODULES).length) return `the virtiofs module of User Mode Linux is missing (${MODULES})`;
  return undefined;
}
