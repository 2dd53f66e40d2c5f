import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { FUSEWIRE, ROOT } from '../places.js';
import { ServerProcess, socketListens } from '../process.js';
import type { Program } from '../rivals/program.js';
import { cVirtiofsd, rustVirtiofsd } from '../rivals/virtiofsd.js';

/** A vhost-user-fs server that serves one folder. */
export interface VirtiofsServer {
  readonly name: string;
  readonly kind: 'ours' | 'rival';
  /** Request queues that it offers. */
  readonly queues: number;
  /** Throws, with how to install it, when it is missing. */
  find(): Program;
  arguments(folder: string, socket: string): readonly string[];
}

/** Node's own options for Fusewire, such as --cpu-prof, for a profile of the server. */
export const nodeOptions: string[] = [];

export function fusewire(): Program {
  const { version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { version: string };
  const own = { command: FUSEWIRE, args: [], version: `fusewire ${version}` };
  return nodeOptions.length === 0 ? own : { ...own, command: process.execPath, args: [...nodeOptions, path.join(ROOT, 'dist/cli/main.js'), ...own.args] };
}

const shareArguments = (queues: number) => (folder: string, socket: string): string[] => ['share', folder, '--socket', socket, '--queues', String(queues), '--sandbox', 'none', '--log-level', 'error'];

export const ours: VirtiofsServer = { name: 'fusewire', kind: 'ours', queues: 1, find: fusewire, arguments: shareArguments(1) };
export const oursOnFourQueues: VirtiofsServer = { ...ours, name: 'fusewire, 4 queues', queues: 4, arguments: shareArguments(4) };

/** Wakes up for each batch, as the rivals do. */
export const oursWithoutPolling: VirtiofsServer = {
  ...ours, name: 'fusewire, no polling',
  arguments(folder, socket) {
    const config = `${socket}.json`;
    writeFileSync(config, JSON.stringify({ sandbox: 'none', mounts: [{ name: 'share', transport: { use: 'virtiofs', socket, tag: 'share' }, filesystem: { use: 'passthrough', source: folder }, poll: '0s' }] }));
    return ['serve', '-c', config, '--log-level', 'error'];
  },
};

export const rust: VirtiofsServer = {
  name: 'virtiofsd (Rust)', kind: 'rival', queues: 1, find: rustVirtiofsd,
  arguments: (folder, socket) => [`--socket-path=${socket}`, `--shared-dir=${folder}`, '--sandbox=none', '--log-level=error', '--tag=share'],
};

export const c: VirtiofsServer = {
  name: 'virtiofsd (C)', kind: 'rival', queues: 1, find: cVirtiofsd,
  arguments: (folder, socket) => [`--socket-path=${socket}`, '-o', `source=${folder}`, '-o', 'sandbox=chroot', '-o', 'log_level=err'],
};

export async function startVirtiofs(server: VirtiofsServer, program: Program, folder: string, socket: string): Promise<ServerProcess> {
  return ServerProcess.start({ ...program, args: [...program.args, ...server.arguments(folder, socket)] }, socketListens(socket));
}
