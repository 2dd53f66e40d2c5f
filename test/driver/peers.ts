import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import type { ExecutionContext } from 'ava';
import { textSource } from '../../core/config/text-source.js';
import { checkConfig, registry, Server } from '../../index.js';

/** A server of a directory over vhost-user, started for one test and stopped after it. */
export interface Peer {
  readonly name: string;
  /** Why it cannot be tested here. */
  readonly absent?: string;
  /** The socket to connect to. */
  serve(t: ExecutionContext, directory: string): Promise<string>;
}

export function temporaryDirectory(t: ExecutionContext): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'fusewire-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function executable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function findVirtiofsd(): string | undefined {
  const inPath = (process.env.PATH ?? '').split(':').map((dir) => path.join(dir, 'virtiofsd'));
  const places = [process.env.FUSEWIRE_VIRTIOFSD, ...inPath, '/usr/libexec/virtiofsd', '/usr/lib/qemu/virtiofsd'];
  return places.find((place): place is string => Boolean(place) && executable(place!));
}

/** The sanitizers' runtime is preloaded for our own native code, not for theirs. */
const env = { ...process.env, LD_PRELOAD: '' };

/** The Rust daemon and the C daemon of QEMU 7 take different options for the same. */
async function optionsOf(program: string, directory: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)(program, ['--help'], { env });
  return stdout.includes('--shared-dir')
    ? ['--shared-dir', directory, '--sandbox', 'none', '--xattr', '--tag', 'peer']
    : ['-o', `source=${directory}`, '-o', 'xattr'];
}

function whyNot(program: string | undefined): string | undefined {
  if (!program) return 'no virtiofsd: set FUSEWIRE_VIRTIOFSD, or install virtiofsd or qemu-system-common';
  return process.geteuid!() === 0 ? undefined : 'virtiofsd needs root';
}

function virtiofsd(): Peer {
  const program = findVirtiofsd();
  return {
    name: 'virtiofsd',
    absent: whyNot(program),
    async serve(t, directory) {
      const socket = path.join(temporaryDirectory(t), 'socket');
      const server = spawn(program!, [`--socket-path=${socket}`, ...(await optionsOf(program!, directory))], { stdio: ['ignore', 'ignore', 'pipe'], env });
      const ended = once(server, 'exit');
      t.teardown(async () => {
        server.kill();
        await ended;
      });
      for await (const line of createInterface(server.stderr)) if (line.includes('Waiting for')) break;
      server.stderr.resume();
      return socket;
    },
  };
}

/** Serves a directory with our own device. */
export async function share(socket: string, source: string): Promise<Server> {
  const transport = { use: 'virtiofs', socket, tag: 'own', queues: 2 };
  const mounts = [{ name: 'own', transport, filesystem: { use: 'passthrough', source } }];
  return Server.start(await checkConfig(textSource('peer.json', JSON.stringify({ mounts })), registry), registry);
}

/** Our own device, in this very process. */
const fusewire: Peer = {
  name: 'fusewire',
  async serve(t, directory) {
    const socket = path.join(temporaryDirectory(t), 'socket');
    const server = await share(socket, directory);
    t.teardown(() => server.stop());
    return socket;
  },
};

export const peers: readonly Peer[] = [fusewire, virtiofsd()];
