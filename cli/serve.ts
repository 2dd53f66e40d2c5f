import { flushCompileCache } from 'node:module';
import { checkConfig, type Config } from '../core/config/index.js';
import type { ConfigSource } from '../core/config/source.js';
import type { Log } from '../core/log.js';
import { registry, Server } from '../index.js';
import { Sandbox } from '../sandbox/sandbox.js';
import { raiseFileLimit } from './file-limit.js';
import { createLog } from './log.js';
import { notify } from './notify.js';
import { type ServeFlags, withFlags } from './serve-flags.js';
import { settle } from './settle.js';
import { untilSignal } from './signals.js';

/** What is known before a config names modules. */
const BUILT_IN = new Set([...registry.fileSystemNames(), ...registry.layerNames()]);
const isBuiltIn = (use: string): boolean => BUILT_IN.has(use);

const adminModule = () => import('../admin/server.js');
const metricsModule = () => import('../admin/metrics-server.js');

/** Loads and keeps what can be reached no more once the server is confined. */
async function loadAll({ admin, metrics }: Config): Promise<void> {
  await Promise.all([admin !== undefined && adminModule(), metrics && metricsModule()]);
  if (admin !== undefined) {
    for (const name of registry.fileSystemNames()) registry.fileSystem(name);
    for (const name of registry.layerNames()) registry.layer(name);
    for (const name of registry.transportNames()) registry.transport(name);
  }
  flushCompileCache();
}

/** Opens the sockets beside the mounts; the function it returns closes them. Most servers have none, and start sooner without their modules. */
async function openManagement({ admin, metrics }: Config, server: Server, log: Log): Promise<() => void> {
  const adminServer = admin === undefined ? undefined : new (await adminModule()).AdminServer(admin, server, registry, log);
  try {
    const closeMetrics = metrics && (await (await metricsModule()).serveMetrics(metrics, server));
    for (const [name, place] of Object.entries({ admin, metrics })) if (place) log.info({ [name]: place }, `${name} socket open`);
    return () => {
      adminServer?.close();
      closeMetrics?.();
    };
  } catch (error) {
    adminServer?.close();
    throw error;
  }
}

/**
 * Serves a config until a signal, or until everything is unmounted and nobody can add anything; then answers what is in
 * flight, unmounts and removes its sockets. `raises`: as many files may be open as the kernel allows.
 */
export async function serve(source: ConfigSource, flags: ServeFlags, raises = true): Promise<void> {
  if (raises) raiseFileLimit();
  const stop = untilSignal();
  const log = createLog(flags.logLevel);
  const config = await checkConfig(withFlags(source, flags), registry);
  const sandbox = new Sandbox(config, registry, log, isBuiltIn);
  await loadAll(config);
  sandbox.enter();
  const server = await Server.start(config, registry, log);
  try {
    const close = await openManagement(config, server, log);
    sandbox.confine();
    notify('READY=1');
    settle(server);
    const reason = await (config.admin === undefined ? Promise.race([stop, server.ended.then(() => 'unmounted')]) : stop);
    notify('STOPPING=1');
    log.info({ reason }, 'stopping');
    close();
  } finally {
    await server.stop();
  }
}
