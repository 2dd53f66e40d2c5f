import type { z } from 'zod';
import type { MountConfig } from './schema.js';

/** What a config has to know about a file system, a layer or a transport. */
export interface PluginEntry {
  readonly name: string;
  readonly options: z.ZodType;
}

/** The part of the registry that a config is checked against. */
export interface PluginTable {
  fileSystem(name: string): PluginEntry | undefined;
  layer(name: string): PluginEntry | undefined;
  transport(name: string): PluginEntry | undefined;
  fileSystemNames(): string[];
  layerNames(): string[];
  transportNames(): string[];
  /** Makes the default export of a plugin module known under the specifier that the config names; false when it is neither file system nor layer. */
  addModule(specifier: string, plugin: unknown): boolean;
}

/** What field schemas may look at while a config is parsed: relative paths are relative to `directory`. */
export interface ParseContext {
  readonly directory: string;
  readonly registry: PluginTable;
  /** Mounts that are served already, with which what is parsed must get on. */
  readonly running?: readonly MountConfig[];
}

let current: ParseContext | undefined;

/** Runs a (synchronous) parse; zod hands no context to a schema, so it stands beside it. */
export function withContext<T>(context: ParseContext, parse: () => T): T {
  const outer = current;
  current = context;
  try {
    return parse();
  } finally {
    current = outer;
  }
}

/** The registry and directory of the parse under way; undefined where a schema is used by itself. */
export const parseContext = (): ParseContext | undefined => current;
