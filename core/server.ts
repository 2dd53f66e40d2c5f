import type { Config } from './config/index.js';
import { type Log, silent } from './log.js';
import { Mount } from './mount.js';
import type { Registry } from './registry.js';

/** Serves the mounts of a config. */
export class Server {
  private constructor(readonly mounts: readonly Mount[]) {}

  /** Starts every mount; when one cannot start, those that did are stopped again and its error is thrown. */
  static async start(config: Config, registry: Registry, log: Log = silent): Promise<Server> {
    const server = new Server(config.mounts.map((mount) => new Mount(mount, registry, log)));
    const started: Mount[] = [];
    try {
      for (const mount of server.mounts) {
        await mount.start();
        started.push(mount);
      }
    } catch (error) {
      await Promise.all(started.map((mount) => mount.stop()));
      throw error;
    }
    return server;
  }

  /** Resolves when every mount has ended by itself; never when there is a transport that does not. */
  get ended(): Promise<unknown> {
    return Promise.all(this.mounts.map((mount) => mount.ended));
  }

  async stop(): Promise<void> {
    await Promise.all(this.mounts.map((mount) => mount.stop()));
  }
}
