import test from 'ava';
import { z } from 'zod';
import { checkConfig, fileSystem, type Selection } from '../../core/config/index.js';
import { FileSystem, Nodes, Options, Parts } from '../../core/filesystem/decorators.js';
import type { NodeTable } from '../../core/filesystem/nodes.js';
import { silent } from '../../core/log.js';
import { Mount } from '../../core/mount.js';
import type { Part, PartBuilder } from '../../core/parts.js';
import { Registry } from '../../core/registry.js';
import { LoopbackTransport } from '../../transports/loopback/transport.js';

const told: string[] = [];

@FileSystem({ name: 'leaf', options: z.object({ as: z.string(), fails: z.boolean().default(false) }) })
class Leaf {
  constructor(@Options() readonly options: { as: string; fails: boolean }, @Nodes() readonly nodes: NodeTable) {}
  start(): void {
    if (this.options.fails) throw new Error(`${this.options.as} fails`);
    told.push(`start ${this.options.as}`);
  }
  stop(): void {
    told.push(`stop ${this.options.as}`);
  }
}

@FileSystem({ name: 'several', options: z.object({ as: z.string(), of: z.array(fileSystem()) }) })
class Several {
  readonly parts: Part[];
  constructor(@Options() readonly options: { as: string; of: Selection[] }, @Parts() parts: PartBuilder, @Nodes() readonly nodes: NodeTable) {
    this.parts = options.of.map((selection) => parts.build(selection));
  }
  start(): void {
    told.push(`start ${this.options.as}`);
  }
  stop(): void {
    told.push(`stop ${this.options.as}`);
  }
}

async function mount(filesystem: object): Promise<Mount> {
  const registry = new Registry();
  registry.addFileSystem(Leaf);
  registry.addFileSystem(Several);
  registry.addTransport(LoopbackTransport);
  const data = { mounts: [{ name: 'parts', transport: { use: 'loopback' }, filesystem }] };
  const config = await checkConfig({ name: 'parts', directory: '/', data, where: (key) => key.join('.') }, registry);
  return new Mount(config.mounts[0]!, registry, silent);
}

const tree = (fails: boolean) => ({
  use: 'several', as: 'root', of: [
    { use: 'leaf', as: 'first' },
    { use: 'several', as: 'inner', of: [{ use: 'leaf', as: 'deep' }] },
    { use: 'leaf', as: 'last', fails },
  ],
});

test.serial('parts start before what they are part of, and stop after it', async (t) => {
  told.length = 0;
  const mounted = await mount(tree(false));
  await mounted.start();
  await mounted.stop();
  t.deepEqual(told, ['first', 'deep', 'inner', 'last', 'root'].map((as) => `start ${as}`).concat(['root', 'last', 'inner', 'deep', 'first'].map((as) => `stop ${as}`)));
});

test.serial('each part has its own options and node table', async (t) => {
  const { plugin, nodes } = await mount(tree(false));
  const root = plugin.plugin as Several;
  t.is(root.nodes, nodes);
  const [first, inner] = root.parts;
  t.is((first!.plugin.plugin as Leaf).options.as, 'first');
  t.is((first!.plugin.plugin as Leaf).nodes, first!.nodes);
  const deep = (inner!.plugin.plugin as Several).parts[0]!;
  t.is(new Set([nodes, first!.nodes, inner!.nodes, deep.nodes]).size, 4);
});

test.serial('when a part cannot start, those that did are stopped', async (t) => {
  told.length = 0;
  const mounted = await mount(tree(true));
  await t.throwsAsync(() => mounted.start(), { message: 'last fails' });
  t.deepEqual(told.slice(-3), ['stop inner', 'stop deep', 'stop first']);
});
