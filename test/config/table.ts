import { z } from 'zod';
import type { PluginEntry, PluginTable } from '../../core/config/index.js';
import { fileSystem, servedDirectory } from '../../core/config/index.js';
import { size } from '../../core/config/units.js';
import { options as fuse } from '../../transports/fuse/options.js';
import { options as virtiofs } from '../../transports/virtiofs/options.js';

/** A registry with one plugin of each kind that a config distinguishes. */
export function table(): PluginTable & { added: Map<string, unknown> } {
  const fileSystems: Record<string, PluginEntry> = {
    passthrough: { name: 'passthrough', options: z.object({ source: servedDirectory(), readonly: z.boolean().default(false) }) },
    memory: { name: 'memory', options: z.object({ size: size().default(1024) }) },
    pair: { name: 'pair', options: z.object({ upper: fileSystem(), lower: z.array(fileSystem()) }) },
  };
  const layers: Record<string, PluginEntry> = {
    readonly: { name: 'readonly', options: z.object({}) },
    audit: { name: 'audit', options: z.object({ sample: z.number().default(1) }) },
  };
  const transports: Record<string, PluginEntry> = {
    virtiofs: { name: 'virtiofs', options: virtiofs },
    fuse: { name: 'fuse', options: fuse },
  };
  const added = new Map<string, unknown>();
  return {
    added,
    fileSystem: (name) => fileSystems[name] ?? (added.has(name) ? { name, options: z.object({}) } : undefined),
    layer: (name) => layers[name],
    transport: (name) => transports[name],
    fileSystemNames: () => Object.keys(fileSystems),
    layerNames: () => Object.keys(layers),
    transportNames: () => Object.keys(transports),
    addModule: (specifier, plugin) => added.set(specifier, plugin).size > 0,
  };
}
