import { checkConfig } from '../core/config/index.js';
import type { ConfigSource } from '../core/config/source.js';
import { registry, Server } from '../index.js';
import { createLog } from './log.js';
import { untilSignal } from './signals.js';

/** Serves a config until a signal, or until everything is unmounted; then answers what is in flight, unmounts and removes its sockets. */
export async function serve(source: ConfigSource, level: string): Promise<void> {
  const stop = untilSignal();
  const log = createLog(level);
  const config = await checkConfig(source, registry);
  const server = await Server.start(config, registry, log);
  const reason = await Promise.race([stop, server.ended.then(() => 'unmounted')]);
  log.info({ reason }, 'stopping');
  await server.stop();
}
