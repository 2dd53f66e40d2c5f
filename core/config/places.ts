import { z } from 'zod';
import type { PluginEntry, PluginTable } from './context.js';
import type { Config } from './schema.js';
import { type FileSystemSelection, type Selection, transportsOf } from './selection.js';

/** What of this host a config names. */
export interface Places {
  /** Directories that are served. */
  readonly served: { readonly directory: string; readonly readonly: boolean }[];
  /** Other files and directories, which plugins and transports open when they start. */
  readonly files: string[];
  readonly sockets: string[];
  readonly mountpoints: string[];
  /** Every file system and layer with its options, in the parts of composed ones too. */
  readonly plugins: Selection[];
}

type Meta = { served?: boolean; mountpoint?: boolean; socket?: boolean; hostPath?: boolean };

/** What is noted of an option's field, be it optional or not. */
function metaOf(field: z.core.$ZodType): Meta {
  const inner = (field._zod.def as { innerType?: z.core.$ZodType }).innerType;
  return { ...(inner && metaOf(inner)), ...(field as z.ZodType).meta() };
}

function isSelection(value: unknown): value is FileSystemSelection {
  return typeof value === 'object' && value !== null && 'use' in value && 'options' in value;
}

/** File systems among the values of options, however deep. */
function* parts(value: unknown): Generator<FileSystemSelection> {
  if (isSelection(value)) yield value;
  else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) yield* parts(inner);
}

function collectOptions(entry: PluginEntry | undefined, options: Record<string, unknown>, readonly: boolean, places: Places): void {
  if (!(entry?.options instanceof z.ZodObject)) return;
  for (const [key, field] of Object.entries(entry.options.shape)) {
    const value = options[key];
    if (typeof value !== 'string') continue;
    const meta = metaOf(field as z.ZodType);
    if (meta.served) places.served.push({ directory: value, readonly: readonly || options['readonly'] === true });
    else if (meta.mountpoint) places.mountpoints.push(value);
    else if (meta.socket) places.sockets.push(value);
    else if (meta.hostPath) places.files.push(value);
  }
}

function collectFileSystem(selection: FileSystemSelection, registry: PluginTable, outer: boolean, places: Places): void {
  const { use, options, layers = [] } = selection;
  const readonly = outer || layers.some((layer) => layer.use === 'readonly');
  places.plugins.push(selection, ...layers);
  collectOptions(registry.fileSystem(use), options as Record<string, unknown>, readonly, places);
  for (const layer of layers) collectOptions(registry.layer(layer.use), layer.options as Record<string, unknown>, false, places);
  for (const part of parts(options)) collectFileSystem(part, registry, readonly, places);
}

/** Collects what the mounts of a config name of this host, by what is noted of their options' fields. */
export function placesOf({ mounts }: Pick<Config, 'mounts'>, registry: PluginTable): Places {
  const places: Places = { served: [], files: [], sockets: [], mountpoints: [], plugins: [] };
  for (const mount of mounts) {
    collectFileSystem(mount.filesystem, registry, false, places);
    for (const [, { use, options }] of transportsOf(mount)) collectOptions(registry.transport(use), options as Record<string, unknown>, false, places);
  }
  return places;
}
