import 'reflect-metadata';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { checkConfig } from '../../core/config/index.js';
import type { Log } from '../../core/log.js';
import { Mount } from '../../core/mount.js';
import { registry } from '../../index.js';
import { LoopbackTransport } from '../../transports/loopback/transport.js';
import { Connection } from '../conformance/loopback/connection.js';
import { agree } from '../conformance/loopback/features.js';
import { Inodes } from '../conformance/loopback/inodes.js';
import { Requests } from '../conformance/loopback/posix.js';
import { start } from '../cli/run.js';
import type { Posix } from '../conformance/posix.js';

registry.addTransport(LoopbackTransport);

/** Why the kernel cannot lay directories over each other here; undefined when it can. */
export const noKernel = process.getuid?.() !== 0 ? 'needs root' : /\toverlay$/m.test(readFileSync('/proc/filesystems', 'utf8')) ? undefined : 'the kernel has no overlayfs';

/** A directory of the test's own. */
export function scratch(t: ExecutionContext): string {
  const home = mkdtempSync(path.join(tmpdir(), 'fusewire-overlay-'));
  t.teardown(() => rmSync(home, { recursive: true, force: true }));
  return home;
}

/** Directories of one overlay: lower ones, the topmost first, and one that holds upper and work directory. */
export interface Directories {
  readonly lowers: readonly string[];
  readonly changes: string;
}

export function directories(home: string, lowers: number): Directories {
  const make = (name: string): string => {
    mkdirSync(path.join(home, name), { recursive: true });
    return path.join(home, name);
  };
  const changes = make('changes');
  for (const name of ['upper', 'work']) make(`changes/${name}`);
  return { lowers: Array.from({ length: lowers }, (_, i) => make(`lower${i}`)), changes };
}

export interface Ours {
  readonly fs: Requests;
  readonly mount: Mount;
  stop(): Promise<void>;
}

/** Serves a file system: system calls as a kernel makes requests of them, in this process. */
export async function serve(filesystem: object, log?: Log): Promise<Ours> {
  const data = { mounts: [{ name: 'overlay', transport: { use: 'loopback' }, filesystem }] };
  const config = await checkConfig({ name: 'test', directory: '/', data, where: (key) => key.join('.') }, registry);
  const mount = new Mount(config.mounts[0]!, registry, log ?? quiet);
  await mount.start();
  const connection = new Connection((message) => (mount.transport as LoopbackTransport).request(message));
  const fs = new Requests(connection, new Inodes(connection), await agree(connection));
  await fs.umask(0o022);
  return { fs, mount, stop: () => mount.stop() };
}
const quiet: Log = { debug() {}, info() {}, warn() {}, error() {} };

export const overlayOf = ({ lowers, changes }: Directories, options: object = {}): object =>
  ({ use: 'overlay', upper: { use: 'passthrough', source: changes }, lower: lowers.map((source) => ({ use: 'passthrough', source })), ...options });

/** Has the kernel mount the directories while something is done there, by system calls of this process. */
export async function byKernel<T>({ lowers, changes }: Directories, options: string, what: (fs: Posix) => Promise<T>): Promise<T> {
  const mountpoint = mkdtempSync(path.join(tmpdir(), 'fusewire-kernel-'));
  execFileSync('mount', ['-t', 'overlay', 'none', '-o', `${options},lowerdir=${lowers.join(':')},upperdir=${changes}/upper,workdir=${changes}/work`, mountpoint]);
  try {
    return await within(mountpoint, what);
  } finally {
    execFileSync('umount', [mountpoint]);
    rmSync(mountpoint, { recursive: true });
  }
}

/** Mounts our overlay on this host, by a server of its own, while something is done there, by system calls of this process. */
export async function mounted<T>(filesystem: object, what: (fs: Posix) => Promise<T>): Promise<T> {
  const home = mkdtempSync(path.join(tmpdir(), 'fusewire-mounted-'));
  const [mountpoint, config] = [path.join(home, 'at'), path.join(home, 'fusewire.json')];
  mkdirSync(mountpoint);
  writeFileSync(config, JSON.stringify({ mounts: [{ name: 'overlay', transport: { use: 'fuse', mountpoint }, filesystem }] }));
  const server = start(['serve', '-c', config]);
  await server.said(/serving/);
  try {
    return await within(mountpoint, what);
  } finally {
    server.child.kill('SIGTERM');
    await server.ended;
    rmSync(home, { recursive: true });
  }
}

async function within<T>(directory: string, what: (fs: Posix) => Promise<T>): Promise<T> {
  const { Syscalls } = (await import('../conformance/syscalls/posix.js'));
  const umask = process.umask(0o022);
  process.chdir(directory);
  try {
    return await what(new Syscalls());
  } finally {
    process.chdir('/');
    process.umask(umask);
  }
}

/** System calls for `byKernel`, built when they are not there. */
export function buildSyscalls(): void {
  const build = path.join(import.meta.dirname, '..', '..', '..', 'scripts', 'build-syscalls.mjs');
  if (spawnSync(process.execPath, [build], { stdio: 'inherit' }).status !== 0) throw new Error('the system calls cannot be built');
}
