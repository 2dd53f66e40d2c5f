import { spawn } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { FuseUnavailable, MountFailed } from '../../core/errors.js';
import { errnoName } from '../../core/filesystem/errno.js';
import { mountFuse, umount2 } from '../../native/fuse.js';
import { native } from '../../native/index.js';
import { receiveMessage, socketPair } from '../../native/socket.js';
import type { FuseOptions } from './options.js';

/** mount(2) flags. */
const MS_RDONLY = 1;
const MS_NOSUID = 2;
const MS_NODEV = 4;
/** umount2(2): take it out of the tree now, finish when nobody uses it any more. */
const MNT_DETACH = 2;

const FUSERMOUNT = 'fusermount3';
const isRoot = (): boolean => process.geteuid!() === 0;

/** Mounts a FUSE file system and returns the fd of its connection: by mount(2) as root, by fusermount3 otherwise. */
export function mount(name: string, options: FuseOptions, maxRead: number): Promise<number> {
  return isRoot() ? mountAsRoot(name, options, maxRead) : mountByHelper(name, options, maxRead);
}

/** Options that both ways understand. */
function common(options: FuseOptions, maxRead: number): string[] {
  return [
    ...(options.allow_other ? ['allow_other'] : []),
    ...(options.default_permissions ? ['default_permissions'] : []),
    `max_read=${maxRead}`,
  ];
}

async function mountAsRoot(name: string, options: FuseOptions, maxRead: number): Promise<number> {
  const fd = openDevice();
  const flags = (options.suid ? 0 : MS_NOSUID) | (options.dev ? 0 : MS_NODEV) | (options.ro ? MS_RDONLY : 0);
  const data = [`fd=${fd}`, 'rootmode=40000', `user_id=${process.geteuid!()}`, `group_id=${process.getegid!()}`, ...common(options, maxRead)].join(',');
  const error = await mountFuse(options.fsname ?? name, options.mountpoint, `fuse.${options.subtype}`, flags, data);
  if (error >= 0) return fd;
  closeSync(fd);
  throw MountFailed(options.mountpoint, errnoName(error));
}

function openDevice(): number {
  try {
    return openSync('/dev/fuse', constants.O_RDWR | constants.O_NONBLOCK);
  } catch (error) {
    throw FuseUnavailable((error as NodeJS.ErrnoException).code ?? String(error));
  }
}

/** fusermount3 sends the fd over the socket whose number it finds in _FUSE_COMMFD. */
async function mountByHelper(name: string, options: FuseOptions, maxRead: number): Promise<number> {
  const sockets = new Int32Array(2);
  const error = socketPair(sockets);
  if (error < 0) throw MountFailed(options.mountpoint, errnoName(error));
  const words = (['suid', 'dev', 'ro'] as const).filter((word) => options[word]);
  const list = [...common(options, maxRead), `fsname=${options.fsname ?? name}`, `subtype=${options.subtype}`, ...words];
  try {
    await helper(['-o', list.join(','), '--', options.mountpoint], options.mountpoint, sockets[1]);
    const fds = new Int32Array(1).fill(-1);
    receiveMessage(sockets[0]!, new Uint8Array(1), fds);
    if (fds[0]! < 0) throw MountFailed(options.mountpoint, `${FUSERMOUNT} sent no descriptor`);
    return fds[0]!;
  } finally {
    closeSync(sockets[0]!);
    closeSync(sockets[1]!);
  }
}

function helper(args: string[], mountpoint: string, socket?: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(FUSERMOUNT, args, { stdio: ['ignore', 'ignore', 'pipe', socket ?? 'ignore'], env: { ...process.env, _FUSE_COMMFD: '3' } });
    let said = '';
    child.stderr!.on('data', (text) => (said += text));
    child.on('error', () => reject(FuseUnavailable(`${FUSERMOUNT} is not installed`)));
    child.on('close', (code) => (code === 0 ? resolve() : reject(MountFailed(mountpoint, said.trim() || `${FUSERMOUNT} exited with ${code}`))));
  });
}

/**
 * Unmounts. When it is in use, it leaves the tree at once and its users keep what they have open; what they have written
 * until then is on its way to the server when this resolves, unless the server cannot open even its root any more.
 */
export async function unmount(mountpoint: string): Promise<void> {
  if (isRoot() && (await umount2(mountpoint)) >= 0) return;
  const root = await open(mountpoint).catch(() => undefined);
  try {
    if (root) await native.syncfsAsync(root.fd);
    if (isRoot()) await umount2(mountpoint, MNT_DETACH);
    else await helper(['-u', '-z', '--', mountpoint], mountpoint);
    if (root) await native.syncfsAsync(root.fd);
  } finally {
    await root?.close();
  }
}
