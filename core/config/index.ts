export { checkConfig } from './check.js';
export type { PluginEntry, PluginTable } from './context.js';
export { directory, hostPath, mountpoint, servedDirectory, socketPath } from './fields.js';
export { loadConfig } from './load.js';
export { nearest } from './nearest.js';
export { fileSystem, type FileSystemSelection, type Selection, transportsOf } from './selection.js';
export type { CacheMode, Config, MountConfig } from './schema.js';
export type { ConfigSource } from './source.js';
export { duration, parseDuration, parseSize, size } from './units.js';
