import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { textSource } from '../../core/config/text-source.js';
import type { Driver } from '../../driver/index.js';
import { checkShares, registry, type Server } from '../../index.js';
import { directories, guest, serve } from '../server/kernels.js';

export interface Tree {
  readonly directory: string;
  readonly server: Server;
  readonly driver: Driver;
  readonly socket: string;
  /** Adds shares as a config would have them. */
  add(shares: object): Promise<void>;
}

/** A mux of these shares over virtio-fs, and a guest that has mounted it. `names`: directories beside the config. */
export async function tree(t: ExecutionContext, names: readonly string[], shares: object, mount: object = {}): Promise<Tree> {
  const directory = directories(t, ...names);
  const socket = path.join(directory, 'tree.sock');
  const server = await serve(t, directory, { mounts: [{ name: 'tree', transport: { use: 'virtiofs', socket, tag: 'tree' }, filesystem: { use: 'mux', shares }, cache: 'none', ...mount }] });
  const add = async (more: object): Promise<void> => {
    const source = textSource(path.join(directory, 'more.json'), JSON.stringify(more));
    const checked = await checkShares(source, registry, server.mounts.map(({ config }) => config));
    for (const [name, filesystem] of Object.entries(checked)) await server.addShare('tree', name, filesystem);
  };
  return { directory, server, driver: await guest(t, socket), socket, add };
}

export const text = async (driver: Driver, file: string): Promise<string> => Buffer.from(await driver.readFile(file)).toString();
