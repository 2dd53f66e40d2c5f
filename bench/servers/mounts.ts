import { spawnSync } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ServerProcess } from '../process.js';
import { bindfs, npmBinding, passthroughHp, passthroughLl } from '../rivals/fuse.js';
import type { Program } from '../rivals/program.js';
import { fusewire } from './virtiofs.js';

/** A FUSE server that mounts something on a directory of this host. */
export interface MountServer {
  readonly name: string;
  readonly kind: 'ours' | 'rival';
  /** The works that it answers in JavaScript; true: all of them. */
  readonly scripted?: true | readonly string[];
  /** Throws, with how to install it, when it is missing. */
  find(): Program;
  arguments(folder: string, mountpoint: string): readonly string[];
}

export const ours: MountServer = {
  name: 'fusewire', kind: 'ours', find: fusewire, scripted: ['lookup', 'create', 'open', 'list'],
  arguments: (folder, mountpoint) => ['share', folder, '--mount', mountpoint, '--log-level', 'error'],
};

/** The memory plugin; the folder holds nothing but its config. */
export const oursInMemory: MountServer = {
  ...ours, scripted: true,
  arguments(folder, mountpoint) {
    const config = path.join(folder, 'fusewire.json');
    writeFileSync(config, JSON.stringify({ mounts: [{ name: 'memory', transport: { use: 'fuse', mountpoint }, filesystem: { use: 'memory' } }] }));
    return ['serve', '-c', config, '--log-level', 'error'];
  },
};

/** Each with its defaults, in the foreground. */
export const MOUNT_RIVALS: readonly MountServer[] = [
  { name: 'passthrough_hp', kind: 'rival', find: passthroughHp, arguments: (folder, mountpoint) => ['--foreground', folder, mountpoint] },
  { name: 'passthrough_ll', kind: 'rival', find: passthroughLl, arguments: (folder, mountpoint) => ['-f', '-o', `source=${folder}`, mountpoint] },
  { name: 'bindfs', kind: 'rival', find: bindfs, arguments: (folder, mountpoint) => ['-f', folder, mountpoint] },
  { name: 'fuse-native', kind: 'rival', scripted: true, find: npmBinding('fuse-native'), arguments: (folder, mountpoint) => [folder, mountpoint] },
  { name: 'fuse-napi', kind: 'rival', scripted: true, find: npmBinding('fuse-napi'), arguments: (folder, mountpoint) => [folder, mountpoint] },
];

export async function startMount(server: MountServer, program: Program, folder: string, mountpoint: string): Promise<ServerProcess> {
  const mounted = () => statSync(mountpoint).dev !== statSync(path.dirname(mountpoint)).dev;
  return ServerProcess.start({ ...program, args: [...program.args, ...server.arguments(folder, mountpoint)] }, mounted);
}

/** Ends a mount whether its server still lives or not. */
export function unmount(mountpoint: string): void {
  spawnSync('umount', ['-l', mountpoint], { stdio: 'ignore' });
}
