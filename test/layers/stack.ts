import 'reflect-metadata';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { checkConfig } from '../../core/config/index.js';
import type { Log } from '../../core/log.js';
import { Mount } from '../../core/mount.js';
import { registry } from '../../index.js';
import { LoopbackTransport } from '../../transports/loopback/transport.js';
import { start } from '../cli/run.js';
import { Connection } from '../conformance/loopback/connection.js';
import { agree } from '../conformance/loopback/features.js';
import { Inodes } from '../conformance/loopback/inodes.js';
import { Requests } from '../conformance/loopback/posix.js';
import { Scene } from '../conformance/scene.js';

registry.addTransport(LoopbackTransport);

export const plugins = ['memory', 'passthrough'] as const;
export type Plugin = (typeof plugins)[number];

export interface Stack {
  /** A directory of the test's own; `source` below it is what passthrough shares. */
  readonly home: string;
  readonly source: string;
  readonly log: { level: string; fields: object; message: string }[];
  /** Serves the file system with these layers: system calls as a kernel makes requests of them, in this process. */
  serve(layers: readonly object[]): Promise<Served>;
}

export interface Served {
  readonly fs: Requests;
  readonly scene: Scene;
  readonly mount: Mount;
  readonly connection: Connection;
  /** Makes the calls that follow as this user. */
  as(uid: number, gid?: number): void;
  stop(): Promise<void>;
}

/** A place for a test; what it leaves behind is taken away. */
export function scratch(t: ExecutionContext): string {
  const home = mkdtempSync(path.join(tmpdir(), 'fusewire-layers-'));
  t.teardown(() => rmSync(home, { recursive: true, force: true }));
  return home;
}

export function stack(t: ExecutionContext, plugin: Plugin): Stack {
  const home = scratch(t);
  const source = path.join(home, 'source');
  mkdirSync(source);
  const entries: Stack['log'] = [];
  const keep = (level: string) => (fields: object, message: string) => void entries.push({ level, fields, message });
  const log: Log = { debug() {}, info: keep('info'), warn: keep('warn'), error: keep('error') };
  return { home, source, log: entries, serve: (layers) => serve(t, home, fileSystem(plugin, layers), log) };
}

function fileSystem(plugin: Plugin, layers: readonly object[]): object {
  return plugin === 'memory' ? { use: 'memory', mode: '755', layers } : { use: 'passthrough', source: './source', layers };
}

async function serve(t: ExecutionContext, home: string, filesystem: object, log: Log): Promise<Served> {
  const data = { mounts: [{ name: 'layers', transport: { use: 'loopback' }, filesystem }] };
  const config = await checkConfig({ name: 'layers', directory: home, data, where: (key) => key.join('.') }, registry);
  const mount = new Mount(config.mounts[0]!, registry, log);
  await mount.start();
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= mount.stop());
  t.teardown(stop);
  const connection = new Connection((message) => (mount.transport as LoopbackTransport).request(message));
  const fs = new Requests(connection, new Inodes(connection), await agree(connection));
  await fs.umask(0o022);
  return { fs, scene: new Scene(fs), mount, connection, as: (uid, gid = uid) => (connection.caller = { uid, gid }), stop };
}

const missing = existsSync('/dev/fuse') ? process.geteuid!() === 0 ? '' : 'root' : '/dev/fuse';

/** A test that mounts on this host; `run` gets the mountpoint, the directory shared, and the directory both are in. */
export function onHost(title: string, layers: readonly object[] | ((home: string) => readonly object[]), run: (t: ExecutionContext, at: string, source: string, end: () => Promise<string>) => Promise<void>, extra: object = {}): void {
  const whole = async (t: ExecutionContext) => {
    const home = scratch(t);
    const [source, at, config] = [path.join(home, 'source'), path.join(home, 'at'), path.join(home, 'fusewire.json')];
    mkdirSync(source);
    mkdirSync(at);
    const filesystem = { use: 'passthrough', source, layers: typeof layers === 'function' ? layers(home) : layers };
    writeFileSync(config, JSON.stringify({ mounts: [{ name: 'layers', transport: { use: 'fuse', mountpoint: at, allow_other: true }, filesystem, ...extra }] }));
    const server = start(['serve', '-c', config]);
    await server.said(/serving/);
    let ended: Promise<string> | undefined;
    const end = () => (ended ??= (async () => {
      server.child.kill('SIGTERM');
      const { code, log } = await server.ended;
      t.is(code, 0, log);
      return log;
    })());
    try {
      await run(t, at, source, end);
    } finally {
      await end();
    }
  };
  if (missing) test.skip(`${title} (needs ${missing})`, whole);
  else test(title, whole);
}
