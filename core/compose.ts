import { type DependencyContainer, injectable } from 'tsyringe';
import type { FileSystemSelection } from './config/index.js';
import { Dispatcher } from './dispatch/dispatcher.js';
import type { HandlerTable } from './dispatch/table.js';
import { type Constructor, tokens } from './filesystem/decorators.js';
import type { Handlers } from './filesystem/handlers.js';
import { asksForPaths } from './filesystem/layer.js';
import { PathTracker } from './paths/path-tracker.js';
import { Tracking } from './paths/tracking.js';
import type { Registry } from './registry.js';

/** Builds an object of a class with its own options; all else it asks for comes from `container`. A layer is given what it wraps. */
export function build<T extends object>(container: DependencyContainer, Class: Constructor<T>, options: unknown, inner?: Handlers): T {
  const scope = container.createChildContainer();
  scope.register(tokens.options, { useValue: options });
  if (inner) scope.register(tokens.inner, { useValue: inner });
  const Injected = Class as unknown as new (...args: unknown[]) => T;
  // The class may have been decorated with another copy of tsyringe, which keeps what it knows of it to itself.
  injectable()(Injected);
  return scope.resolve(Injected);
}

/**
 * Makes a file system with the layers around it, the last of them first. `extend` adds what a mount does beside the file
 * system, within all layers.
 */
export function compose(container: DependencyContainer, registry: Registry, { use, options, layers = [] }: FileSystemSelection, extend?: (table: HandlerTable) => void): Dispatcher {
  const plugin = new Dispatcher(build(container, registry.fileSystem(use)!.Class, options), extend);
  const classes = layers.map((layer) => registry.layer(layer.use)!.Class);
  const scope = container.createChildContainer();
  if (classes.some(asksForPaths)) {
    const paths = new PathTracker();
    scope.register(tokens.paths, { useValue: paths });
    plugin.add((inner) => new Tracking(inner, paths));
  }
  for (const [index, Class] of [...classes.entries()].toReversed()) plugin.add((inner) => build(scope, Class, layers[index]!.options, inner));
  return plugin;
}
