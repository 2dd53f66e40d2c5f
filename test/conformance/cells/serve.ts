import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { checkConfig } from '../../../core/config/index.js';
import { registry, Server } from '../../../index.js';
import { type Scratch, scratch } from './places.js';
import type { TableCell } from './cells.js';
import { SeededMemory, seedDirectory } from './seeded.js';

registry.addFileSystem(SeededMemory);

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

const memory = { use: 'memory', size: '4GiB', mode: '755' };

/** The `filesystem` of a cell's config. */
export function fileSystem({ plugin, options, words, fileSystem: name }: TableCell, place: Scratch | undefined): Selected {
  if (plugin === 'memory') return memory;
  if (plugin === 'mux') return { use: 'mux', announced: !words.includes('plain'), shares: { other: memory, share: place ? { use: 'passthrough', source: place.path, ...options } : memory } };
  return plugin === 'overlay' ? { ...overlay(name, place?.path), ...options } : { use: 'passthrough', source: place!.path, ...options };
}

interface Selected {
  use: string;
  [option: string]: unknown;
}

/** The second and third word of the name say what the upper and the lower layers are. */
function overlay(name: string, place: string | undefined): Selected {
  const [, upper, lower] = name.split('-');
  const uppers = { none: undefined, memory, passthrough: () => ({ use: 'passthrough', source: directory(place!, 'changes') }) }[upper!];
  const lowers = lower === 'memory' ? LAYERS.map((layer) => ({ ...memory, use: 'seeded', layer })) : seedLayers(place!).map((source) => ({ use: 'passthrough', source }));
  return { use: 'overlay', upper: typeof uppers === 'function' ? uppers() : uppers, lower: lowers };
}

/** As many lower layers as behaviours want. */
const LAYERS = [0, 1, 2];

/** Makes the lower layers in directories of this host, the topmost first. */
export function seedLayers(place: string): string[] {
  return LAYERS.map((layer) => {
    const source = directory(place, `lower${layer}`);
    seedDirectory(source, layer);
    return source;
  });
}

export function directory(place: string, name: string): string {
  mkdirSync(path.join(place, name));
  return path.join(place, name);
}

/** Runs the table with plain system calls: the arguments of Node. */
export function systemCalls(home: string, { fileSystem, transport, words, exclusive, directory = '' }: TableCell, match: string): string[] {
  const main = path.join(import.meta.dirname, '..', 'syscalls', 'main.js');
  return ['--enable-source-maps', main, home + directory, JSON.stringify({ fileSystem, transport, words, exclusive }), match];
}
