import { z } from 'zod';
import { FileSystem, Logger, Nodes, Options } from '../../../core/filesystem/decorators.js';
import { Dispatcher } from '../../../core/dispatch/dispatcher.js';
import { NodeTable } from '../../../core/filesystem/nodes.js';
import { type Log, silent } from '../../../core/log.js';
import { CachePolicy } from '../../../core/session/cache-policy.js';
import { MemoryFs, type MemoryOptions, memoryOptions } from '../../../plugins/memory/index.js';
import { Passthrough } from '../../../plugins/passthrough/index.js';
import { makeLayer } from '../layers.js';

const cache = new CachePolicy({ mode: 'none', timeout: 0, writeback: false });

/** Memory that holds a layer of the overlay behaviours. */
@FileSystem({ name: 'seeded', options: memoryOptions.extend({ layer: z.int() }), killsPrivileges: true, posixAcl: true })
export class SeededMemory extends MemoryFs {
  private readonly layer: number;

  constructor(@Options() options: MemoryOptions & { layer: number }, @Nodes() private readonly table: NodeTable, @Logger() private readonly log: Log) {
    super(options, table);
    this.layer = options.layer;
  }
  start(): void {
    makeLayer({ plugin: new Dispatcher(this), nodes: this.table, cache, log: this.log, poll: 0 }, this.layer);
  }
}

/** Makes a layer of the overlay behaviours in a directory of this host. */
export function seedDirectory(source: string, layer: number): void {
  const nodes = new NodeTable();
  const plugin = new Passthrough({ source, readonly: false, fileHandles: true, fds: 4096 }, nodes);
  makeLayer({ plugin: new Dispatcher(plugin), nodes, cache, log: silent, poll: 0 }, layer);
  plugin.stop();
}
