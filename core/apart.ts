import 'reflect-metadata';
import { container } from 'tsyringe';
import type { FileSystemSelection } from './config/index.js';
import { tokens } from './filesystem/decorators.js';
import type { Log } from './log.js';
import { type Part, PartBuilder } from './parts.js';
import type { Registry } from './registry.js';

/** Starts a file system that is served to nobody, for as long as `use` takes. */
export async function apart<T>(selection: FileSystemSelection, registry: Registry, log: Log, use: (part: Part) => Promise<T>): Promise<T> {
  const abort = new AbortController();
  const child = container.createChildContainer().register(tokens.log, { useValue: log }).register(tokens.signal, { useValue: abort.signal });
  const { part, group } = new PartBuilder(registry, child, log).buildApart(selection);
  return group.during(() => use(part).finally(() => abort.abort()));
}
