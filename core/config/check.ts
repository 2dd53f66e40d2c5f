import { z } from 'zod';
import { ConfigInvalid } from '../errors.js';
import { withContext, type PluginTable } from './context.js';
import { refuseDuplicateTransport } from './duplicates.js';
import { loadModules, loadNamed } from './modules.js';
import { shareName } from './fields.js';
import { refuseNestedShares, refuseNestedTransport } from './nesting.js';
import { problems, wording } from './problem.js';
import { configSchema, type Config, type MountConfig } from './schema.js';
import { fileSystem, type FileSystemSelection, transport, type Selection } from './selection.js';
import type { ConfigSource } from './source.js';

function check<T>(schema: z.ZodType<T>, source: ConfigSource, registry: PluginTable, running: readonly MountConfig[]): T {
  const result = withContext({ directory: source.directory, registry, running },
    () => schema.safeParse(source.data ?? undefined, { reportInput: true, error: wording }));
  if (result.success) return result.data;
  const [first] = problems(schema, result.error.issues);
  throw ConfigInvalid(source.where(first!.path), first!.sentence, first!.hint);
}

/**
 * Loads the plugin modules that a config names and checks all of it against the registry, and against the mounts that
 * are served already. Throws a UserError about the first thing that is wrong: place, key, what would be right.
 */
export async function checkConfig(source: ConfigSource, registry: PluginTable, running: readonly MountConfig[] = []): Promise<Config> {
  await loadModules(source, registry);
  return check(configSchema, source, registry, running);
}

/** Checks further shares of a mount that is served, as they would stand in a config, by name. */
export async function checkShares(source: ConfigSource, registry: PluginTable, running: readonly MountConfig[]): Promise<Record<string, FileSystemSelection>> {
  await loadNamed(source.data, [], source, registry);
  return check(z.record(shareName(), fileSystem()).superRefine(refuseNestedShares), source, registry, running);
}

/** Checks a file system by itself, as it would stand in a config. */
export function checkFileSystem(source: ConfigSource, registry: PluginTable): FileSystemSelection {
  return check(fileSystem(), source, registry, []);
}

/** Checks one more transport for a mount that is served, as it would stand in a config. */
export function checkTransport(source: ConfigSource, registry: PluginTable, running: readonly MountConfig[]): Selection {
  return check(transport().superRefine(refuseDuplicateTransport).superRefine(refuseNestedTransport), source, registry, running);
}
