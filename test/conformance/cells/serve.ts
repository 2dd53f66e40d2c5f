import path from 'node:path';
import { checkConfig } from '../../../core/config/index.js';
import { registry, Server } from '../../../index.js';
import { type Scratch, scratch } from './places.js';
import type { TableCell } from './cells.js';

/** Serves a cell's file system over a transport while something is done. */
export async function serving<T>(cell: TableCell, transport: object, what: () => Promise<T>): Promise<T> {
  using place = cell.backing && scratch(cell.backing);
  const data = { mounts: [{ name: 'conformance', transport, filesystem: fileSystem(cell, place), ...cell.mount }] };
  const config = await checkConfig({ name: 'conformance', directory: '/', data, where: (key) => key.join('.') }, registry);
  const server = await Server.start(config, registry);
  try {
    return await what();
  } finally {
    await server.stop();
  }
}

/** The `filesystem` of a cell's config. */
export function fileSystem({ plugin, options }: TableCell, place: Scratch | undefined): { use: string; [option: string]: unknown } {
  return plugin === 'memory' ? { use: 'memory', size: '4GiB', mode: '755' } : { use: 'passthrough', source: place!.path, ...options };
}

/** Runs the table with plain system calls: the arguments of Node. */
export function systemCalls(home: string, { fileSystem, transport, words }: TableCell, match: string): string[] {
  const main = path.join(import.meta.dirname, '..', 'syscalls', 'main.js');
  return ['--enable-source-maps', main, home, JSON.stringify({ fileSystem, transport, words }), match];
}
