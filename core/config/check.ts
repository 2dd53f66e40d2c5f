import type { z } from 'zod';
import { ConfigInvalid } from '../errors.js';
import { withContext, type PluginTable } from './context.js';
import { refuseDuplicateTransport } from './duplicates.js';
import { loadModules } from './modules.js';
import { refuseNestedTransport } from './nesting.js';
import { problems, wording } from './problem.js';
import { configSchema, type Config, type MountConfig } from './schema.js';
import { transport, type Selection } from './selection.js';
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

/** Checks one more transport for a mount that is served, as it would stand in a config. */
export function checkTransport(source: ConfigSource, registry: PluginTable, running: readonly MountConfig[]): Selection {
  return check(transport().superRefine(refuseDuplicateTransport).superRefine(refuseNestedTransport), source, registry, running);
}
