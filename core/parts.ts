import { type DependencyContainer, injectable } from 'tsyringe';
import type { Selection } from './config/index.js';
import { Dispatcher } from './dispatch/dispatcher.js';
import { tokens, type Constructor } from './filesystem/decorators.js';
import { NodeTable } from './filesystem/nodes.js';
import type { Log } from './log.js';
import type { Registry } from './registry.js';
import { CachePolicy } from './session/cache-policy.js';
import type { MountContext } from './session/session.js';

/** What a plugin may have beside its handlers. */
interface Lifecycle {
  /** Called before the first request, and after the last one. */
  start?(): Promise<void> | void;
  stop?(): Promise<void> | void;
}

/** Builds an object of a class with its own options; all else it asks for comes from `container`. */
export function build<T extends object>(container: DependencyContainer, Class: Constructor<T>, options: unknown): T {
  const scope = container.createChildContainer();
  scope.register(tokens.options, { useValue: options });
  const Injected = Class as unknown as new (...args: unknown[]) => T;
  // The class may have been decorated with another copy of tsyringe, which keeps what it knows of it to itself.
  injectable()(Injected);
  return scope.resolve(Injected);
}

/**
 * A file system inside of another one, which reaches it by sessions of its own. It has its own node table. Nothing between
 * the two is kept, mapped or locked: that is the mount's, and done once.
 */
export class Part implements MountContext {
  readonly nodes = new NodeTable();
  readonly cache = new CachePolicy({ mode: 'none', timeout: 0, writeback: false });
  readonly poll = 0;
  readonly plugin: Dispatcher;

  constructor(container: DependencyContainer, Class: Constructor, options: unknown, readonly log: Log) {
    const scope = container.createChildContainer();
    scope.register(tokens.nodes, { useValue: this.nodes });
    this.plugin = new Dispatcher(build(scope, Class, options));
  }
}

/** Makes the file systems that a plugin's options select; injected by `@Parts()`. They live as long as the plugin does. */
export class PartBuilder {
  private readonly parts: Part[] = [];
  private readonly started: Part[] = [];

  constructor(private readonly registry: Registry, private readonly container: DependencyContainer, private readonly log: Log) {
    container.register(tokens.parts, { useValue: this });
  }

  /** To be called by the plugin's constructor. */
  build({ use, options }: Selection): Part {
    const part = new Part(this.container, this.registry.fileSystem(use)!.Class, options, this.log);
    this.parts.push(part);
    return part;
  }

  /** Starts all parts, inner ones first; when one cannot start, those that did are stopped and its error is thrown. */
  async start(): Promise<void> {
    try {
      for (const part of this.parts) {
        await start(part.plugin);
        this.started.push(part);
      }
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Outer ones first. */
  async stop(): Promise<void> {
    for (const part of this.started.splice(0).toReversed()) await stop(part.plugin);
  }
}

/** Calls what the plugin has to be called with before its first request, and after its last. */
export async function start({ plugin }: Dispatcher): Promise<void> {
  await (plugin as Lifecycle).start?.();
}
export async function stop({ plugin }: Dispatcher): Promise<void> {
  await (plugin as Lifecycle).stop?.();
}
