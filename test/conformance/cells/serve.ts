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
export function fileSystem({ plugin, options, words }: TableCell, place: Scratch | undefined): Selected {
  if (plugin === 'memory') return memory;
  return plugin === 'overlay' ? overlay(words, place?.path) : { use: 'passthrough', source: place!.path, ...options };
}

interface Selected {
  use: string;
  [option: string]: unknown;
}

/** The second and third word say what the upper and the lower layers are, of which there are as many as behaviours want. */
function overlay([, upper, lower]: readonly string[], place: string | undefined): Selected {
  const lowers = [0, 1, 2].map((layer) => {
    if (lower === 'memory') return { ...memory, use: 'seeded', layer };
    const source = directory(place!, `lower${layer}`);
    seedDirectory(source, layer);
    return { use: 'passthrough', source };
  });
  return { use: 'overlay', upper: upper === 'memory' ? memory : { use: 'passthrough', source: directory(place!, 'changes') }, lower: lowers };
}

function directory(place: string, name: string): string {
  mkdirSync(path.join(place, name));
  return path.join(place, name);
}

/** Runs the table with plain system calls: the arguments of Node. */
export function systemCalls(home: string, { fileSystem, transport, words }: TableCell, match: string): string[] {
  const main = path.join(import.meta.dirname, '..', 'syscalls', 'main.js');
  return ['--enable-source-maps', main, home, JSON.stringify({ fileSystem, transport, words }), match];
}
