import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { textSource } from '../../core/config/text-source.js';
import { Driver, type DriverOptions, Registry } from '../../driver/index.js';
import { checkConfig, registry, Server } from '../../index.js';
import { temporaryDirectory } from '../driver/peers.js';

/** The kinds of rings that a device and a driver may agree on, as options of the driver. */
export const ringKinds: readonly [name: string, options: DriverOptions][] = [
  ['split rings', {}],
  ['split rings without indirect tables', { indirect: false }],
  ['split rings without event indexes', { eventIndex: false }],
  ['packed rings', { packed: true }],
  ['packed rings without indirect tables', { packed: true, indirect: false }],
  ['packed rings without event indexes', { packed: true, eventIndex: false }],
];

/** Serves a file system on a socket of its own until the test ends. */
export async function device(t: ExecutionContext, filesystem: object, transport: object = {}, mount: object = {}): Promise<{ socket: string; server: Server }> {
  const socket = path.join(temporaryDirectory(t), 'socket');
  const mounts = [{ name: 'device', transport: { use: 'virtiofs', socket, tag: 'device', packed: true, ...transport }, filesystem, ...mount }];
  const server = await Server.start(await checkConfig(textSource('device.json', JSON.stringify({ mounts })), registry), registry);
  t.teardown(() => server.stop());
  return { socket, server };
}

/** A guest that has mounted what is on the socket, until the test ends. */
export async function mounted(t: ExecutionContext, socket: string, options: DriverOptions = {}): Promise<Driver> {
  const driver = await Driver.connect(socket, { registry: new Registry(), ...options });
  t.teardown(() => driver.close());
  await driver.mount();
  return driver;
}
