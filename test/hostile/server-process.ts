import { readdirSync, readFileSync } from 'node:fs';
import { checkConfig } from '../../core/config/index.js';
import { textSource } from '../../core/config/text-source.js';
import { registry, Server } from '../../index.js';

// The server that hostile guests are let loose on: the argument is a config file. It sends its parent what it logs, and
// when asked how many descriptors and bytes it has.
const config = await checkConfig(textSource('hostile.json', readFileSync(process.argv[2]!, 'utf8')), registry);
// A parent that is gone is told nothing.
const note = (fields: object, message: string): void => void (process.connected && process.send!({ fields, message }, () => {}));
const server = await Server.start(config, registry, { debug() {}, info: note, warn: note, error: note });
const received = (): number => server.stats().flatMap(({ requests }) => Object.values(requests)).reduce((sum, count) => sum + count, 0);
process.on('message', () => {
  globalThis.gc?.();
  process.send!({ fds: readdirSync('/proc/self/fd').length, resident: process.memoryUsage.rss(), requests: received() });
});
process.on('disconnect', () => void server.stop().then(() => process.exit(0)));
note({}, 'ready');
