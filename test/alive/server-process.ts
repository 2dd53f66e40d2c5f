import { readFileSync } from 'node:fs';
import { checkConfig } from '../../core/config/index.js';
import { textSource } from '../../core/config/text-source.js';
import { registry, Server } from '../../index.js';
import { Dying } from './dying.js';

// A server for `MortalServer`: the argument is a config file. It waits to be told before it takes anything up, so that a
// spare one is ready when its predecessor is killed. What it logs goes to its parent.
registry.addFileSystem(Dying);
const note = (_fields: object, message: string): void => void process.send!(message);
process.once('message', () => void serve());
note({}, 'ready');

async function serve(): Promise<void> {
  try {
    const config = await checkConfig(textSource('mortal.json', readFileSync(process.argv[2], 'utf8')), registry);
    const server = await Server.start(config, registry, { debug() {}, info: note, warn: note, error: note });
    process.on('SIGTERM', () => void server.stop().then(() => process.exit(0)));
  } catch (error) {
    note({}, `failed: ${error}`);
  }
}
