import { existsSync, statSync } from 'node:fs';
import { registerHooks } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { PluginNotDecorated, PluginUnloadable, PluginWithoutDefault } from '../errors.js';
import { brief } from './brief.js';
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

/** What an `import` of the package in a module of that directory would load; undefined when there is no such package. */
function resolvePackage(specifier: string, directory: string): string | undefined {
  const parentURL = pathToFileURL(path.join(directory, 'package.json')).href;
  const hooks = registerHooks({ resolve: (name, context, next) => next(name, { ...context, parentURL }) });
  try {
    const { href, protocol } = new URL(import.meta.resolve(specifier));
    return protocol === 'file:' ? fileURLToPath(href) : undefined;
  } catch {
    return undefined;
  } finally {
    hooks.deregister();
  }
}

/** The module's file; undefined for a bare name that is no package, which is then an unknown name. */
function locate(specifier: string, directory: string): string | undefined {
  return /^\.{0,2}\//.test(specifier) ? path.resolve(directory, specifier) : resolvePackage(specifier, directory);
}

/** Why an import failed; a module may throw anything. */
function reason(file: string, error: unknown): string {
  if (!existsSync(file)) return `there is no file ${file}`;
  if (statSync(file).isDirectory()) return `${file} is a directory; name the module in it`;
  return brief(error instanceof Error ? error.message.split('\n', 1)[0]! : `it throws ${String(error)}`);
}

/** Imports the plugin modules that a config names by path or package name, and makes them known to the registry. */
export async function loadModules(source: ConfigSource, registry: PluginTable): Promise<void> {
  const mounts = (source.data as { mounts?: unknown } | undefined)?.mounts;
  for (const [index, mount] of Array.isArray(mounts) ? mounts.entries() : []) {
    await loadNamed(mount?.filesystem, ['mounts', index, 'filesystem'], source, registry);
  }
}

/** The same for a part of a config, whose key path in the source is `prefix`. */
export async function loadNamed(part: unknown, prefix: PropertyKey[], source: ConfigSource, registry: PluginTable): Promise<void> {
  for (const { specifier, at } of uses(part, prefix)) {
    if (registry.fileSystem(specifier) ?? registry.layer(specifier)) continue;
    const file = locate(specifier, source.directory);
    if (!file) {
      if (specifier.includes('/') && existsSync(path.resolve(source.directory, specifier))) {
        throw PluginUnloadable(source.where(at), specifier, `as a path it is "./${specifier}"`);
      }
      continue;
    }
    const module: { default?: unknown } = await import(pathToFileURL(file).href).catch((error: unknown) => {
      throw PluginUnloadable(source.where(at), specifier, reason(file, error));
    });
    if (!module.default) throw PluginWithoutDefault(source.where(at), specifier);
    if (!registry.addModule(specifier, module.default)) throw PluginNotDecorated(source.where(at), specifier);
  }
}
