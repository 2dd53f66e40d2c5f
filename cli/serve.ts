import { checkConfig } from '../core/config/index.js';
import type { ConfigSource } from '../core/config/source.js';
import { registry, Server } from '../index.js';
import { createLog } from './log.js';
import { untilSignal } from './signals.js';

/** Serves a config until a signal; then answers what is in flight, unmounts and removes its sockets. */
export async function serve(source: ConfigSource, level: string): Promise<void> {
  const stop = untilSignal();
  const log = createLog(level);
  const config = await checkConfig(source, registry);
  const server = await Server.start(config, registry, log);
  log.info({ signal: await stop }, 'stopping');
  await server.stop();
}
