import { checkConfig, checkShares, checkTransport } from '../core/config/index.js';
import { type ConfigSource, keyPath } from '../core/config/source.js';
import type { Registry } from '../core/registry.js';
import type { Server } from '../core/server.js';
import { hostDirectory, layerFrom, layerTo } from './host-directory.js';
import type { Method, Parameters } from './protocol.js';

/** Where the last error in a config was; told to the client, who knows the file's lines. */
export class Whereabouts {
  path: readonly PropertyKey[] | undefined;

  /** A config that came as data; `data` at `prefix` is what the client sent. */
  source(directory: string, data: unknown, prefix: number): ConfigSource {
    return {
      name: 'request', directory, data,
      where: (path) => {
        this.path = path.slice(prefix);
        return keyPath(this.path);
      },
    };
  }
}

type Answers = { [M in Method]: (params: Parameters<M>, at: Whereabouts) => unknown };

/** What each method does with the server. */
export function answers(server: Server, registry: Registry): Answers {
  const running = () => server.mounts.map(({ config }) => config);
  return {
    list: () => server.list(),
    stats: () => server.stats(),
    async add({ mount, directory }, at) {
      const { mounts } = await checkConfig(at.source(directory, { mounts: [mount] }, 2), registry, running());
      await server.add(mounts[0]!);
      return server.list().find(({ name }) => name === mounts[0]!.name);
    },
    async remove({ name }) {
      await server.remove(name);
      return null;
    },
    async attach({ name, transport, directory }, at) {
      await server.attach(name, checkTransport(at.source(directory, transport, 0), registry, running()));
      return server.list().find((mount) => mount.name === name);
    },
    async detach({ name, place }) {
      await server.detach(name, place);
      return null;
    },
    async addShares({ name, shares, directory }, at) {
      const checked = await checkShares(at.source(directory, shares, 0), registry, running());
      for (const [share, filesystem] of Object.entries(checked)) await server.addShare(name, share, filesystem);
      return server.list().find((mount) => mount.name === name);
    },
    async removeShare({ name, share }) {
      server.removeShare(name, share);
      return null;
    },
    diff: ({ name }) => server.changes(name).diff(),
    commit: ({ name, to }) => server.changes(name).commit(to === undefined ? undefined : hostDirectory(to, to, registry)),
    discard: ({ name }) => server.changes(name).discard(),
    snapshot: ({ name }) => server.changes(name).snapshot(),
    export: ({ name, to, format }) => server.changes(name).export(layerTo(to, format, to, registry)),
    import: ({ name, from }) => server.changes(name).import(layerFrom(from, from, registry), server.mount(name)),
  };
}
