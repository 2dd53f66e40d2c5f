import type { DependencyContainer } from 'tsyringe';
import { compose } from './compose.js';
import type { FileSystemSelection } from './config/index.js';
import type { Dispatcher } from './dispatch/dispatcher.js';
import { tokens } from './filesystem/decorators.js';
import { NodeTable } from './filesystem/nodes.js';
import type { Log } from './log.js';
import type { Registry } from './registry.js';
import { CachePolicy } from './session/cache-policy.js';
import type { MountContext } from './session/session.js';

/**
 * A file system inside of another one, which reaches it by sessions of its own. It has its own node table. Nothing between
 * the two is kept, mapped or locked: that is the mount's, and done once.
 */
export class Part implements MountContext {
  readonly nodes = new NodeTable();
  readonly cache = new CachePolicy({ mode: 'none', timeout: 0, writeback: false });
  readonly poll = 0;
  readonly plugin: Dispatcher;

  constructor(container: DependencyContainer, registry: Registry, selection: FileSystemSelection, readonly log: Log) {
    const scope = container.createChildContainer();
    scope.register(tokens.nodes, { useValue: this.nodes });
    this.plugin = compose(scope, registry, selection);
  }
}

/** A part, with those that it is made of. */
export class PartGroup {
  private readonly started: Part[] = [];

  constructor(private readonly parts: readonly Part[]) {}

  /** Starts all parts, inner ones first; when one cannot start, those that did are stopped and its error is thrown. */
  async start(): Promise<void> {
    try {
      for (const part of this.parts) {
        await part.plugin.start();
        this.started.push(part);
      }
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Runs for as long as `use` takes. */
  async during<T>(use: () => T | Promise<T>): Promise<T> {
    await this.start();
    try {
      return await use();
    } finally {
      await this.stop();
    }
  }

  /** Outer ones first. */
  async stop(): Promise<void> {
    for (const part of this.started.splice(0).toReversed()) await part.plugin.stop();
  }
}

/** Makes the file systems that a plugin's options select; injected by `@Parts()`. They live as long as the plugin does. */
export class PartBuilder {
  private readonly parts: Part[] = [];
  private readonly group = new PartGroup(this.parts);

  constructor(private readonly registry: Registry, private readonly container: DependencyContainer, private readonly log: Log) {
    container.register(tokens.parts, { useValue: this });
  }

  /** To be called by the plugin's constructor. */
  build(selection: FileSystemSelection): Part {
    const part = new Part(this.container, this.registry, selection, this.log);
    this.parts.push(part);
    return part;
  }

  /** Makes a part that is the caller's to start and to stop: one that comes and goes while the plugin is served. */
  buildApart(selection: FileSystemSelection): { part: Part; group: PartGroup } {
    const before = this.parts.length;
    const part = this.build(selection);
    return { part, group: new PartGroup(this.parts.splice(before)) };
  }

  start(): Promise<void> {
    return this.group.start();
  }

  stop(): Promise<void> {
    return this.group.stop();
  }
}
