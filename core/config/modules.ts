import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { PluginNotDecorated, PluginUnloadable, PluginWithoutDefault } from '../errors.js';
import type { PluginTable } from './context.js';
import type { ConfigSource } from './source.js';

/** Every `use:` below a mount's file system, with the key path where it stands. */
function* uses(value: unknown, at: PropertyKey[]): Generator<{ specifier: string; at: PropertyKey[] }> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    const here = [...at, Array.isArray(value) ? Number(key) : key];
    if (key === 'use' && typeof inner === 'string') yield { specifier: inner, at: here };
    else yield* uses(inner, here);
  }
}

/** The module's file; undefined for a bare name that is no package, which is then an unknown name. */
function locate(specifier: string, directory: string): string | undefined {
  if (/^\.{0,2}\//.test(specifier)) return path.resolve(directory, specifier);
  try {
    const file = createRequire(path.join(directory, 'package.json')).resolve(specifier);
    return path.isAbsolute(file) ? file : undefined;
  } catch {
    return undefined;
  }
}

/** Imports the plugin modules that a config names by path or package name, and makes them known to the registry. */
export async function loadModules(source: ConfigSource, registry: PluginTable): Promise<void> {
  const mounts = (source.data as { mounts?: unknown } | undefined)?.mounts;
  for (const [index, mount] of Array.isArray(mounts) ? mounts.entries() : []) {
    for (const { specifier, at } of uses(mount?.filesystem, ['mounts', index, 'filesystem'])) {
      const file = registry.fileSystem(specifier) ?? registry.layer(specifier) ? undefined : locate(specifier, source.directory);
      if (!file) continue;
      const module: { default?: unknown } = await import(pathToFileURL(file).href).catch((error: Error) => {
        throw PluginUnloadable(source.where(at), specifier, error.message.split('\n', 1)[0]!);
      });
      if (!module.default) throw PluginWithoutDefault(source.where(at), specifier);
      if (!registry.addModule(specifier, module.default)) throw PluginNotDecorated(source.where(at), specifier);
    }
  }
}
