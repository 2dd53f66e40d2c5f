import { ConfigInvalid } from '../errors.js';
import { withContext, type PluginTable } from './context.js';
import { loadModules } from './modules.js';
import { problems, wording } from './problem.js';
import { configSchema, type Config } from './schema.js';
import type { ConfigSource } from './source.js';

/**
 * Loads the plugin modules that a config names and checks all of it against the registry.
 * Throws a UserError about the first thing that is wrong: place, key, what would be right.
 */
export async function checkConfig(source: ConfigSource, registry: PluginTable): Promise<Config> {
  await loadModules(source, registry);
  const result = withContext({ directory: source.directory, registry },
    () => configSchema.safeParse(source.data ?? undefined, { reportInput: true, error: wording }));
  if (result.success) return result.data;
  const [first] = problems(configSchema, result.error.issues);
  throw ConfigInvalid(source.where(first!.path), first!.sentence, first!.hint);
}
