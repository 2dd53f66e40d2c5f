import { createRequire } from 'node:module';
import 'reflect-metadata';
import { Registry } from './core/registry.js';

export { Slab } from './core/channel/slab.js';
export type { Channel } from './core/channel/channel.js';
export { checkConfig, checkShares, directory, duration, fileSystem, hostPath, loadConfig, size, transportsOf, type Config, type MountConfig, type Selection } from './core/config/index.js';
export { UserError } from './core/errors.js';
export * from './core/filesystem/index.js';
export { type Log, silent } from './core/log.js';
export { glob, type Glob } from './core/paths/glob.js';
export type { PathTracker } from './core/paths/path-tracker.js';
export * from './core/protocol/flags.js';
export { InitFlag } from './core/protocol/init-flag.js';
export { nameBytes, nameText } from './core/protocol/names.js';
export { Opcode } from './core/protocol/opcode.js';
export type { Part, PartBuilder } from './core/parts.js';
export { Registry };
export { Server } from './core/server.js';
export type { SessionHost, TransportInstance } from './core/transport.js';

const require = createRequire(import.meta.url);

/** The built-in file systems, layers and transports, each loaded when it is first asked for, and the plugin modules that configs have named. */
export const registry = new Registry();
registry.addBuiltIn('fileSystems', 'memory', () => require('./plugins/memory/index.js').MemoryFs);
registry.addBuiltIn('fileSystems', 'mux', () => require('./plugins/mux/index.js').Mux);
registry.addBuiltIn('fileSystems', 'overlay', () => require('./plugins/overlay/index.js').Overlay);
registry.addBuiltIn('fileSystems', 'passthrough', () => require('./plugins/passthrough/index.js').Passthrough);
registry.addBuiltIn('layers', 'audit', () => require('./plugins/layers/audit/index.js').AuditLayer);
registry.addBuiltIn('layers', 'faults', () => require('./plugins/layers/faults/index.js').FaultsLayer);
registry.addBuiltIn('layers', 'idmap', () => require('./plugins/layers/idmap/index.js').IdmapLayer);
registry.addBuiltIn('layers', 'policy', () => require('./plugins/layers/policy/index.js').PolicyLayer);
registry.addBuiltIn('layers', 'quota', () => require('./plugins/layers/quota/index.js').QuotaLayer);
registry.addBuiltIn('layers', 'readonly', () => require('./plugins/layers/readonly/index.js').ReadonlyLayer);
registry.addBuiltIn('layers', 'trace', () => require('./plugins/layers/trace/index.js').TraceLayer);
registry.addBuiltIn('transports', 'fuse', () => require('./transports/fuse/transport.js').FuseTransport);
registry.addBuiltIn('transports', 'virtiofs', () => require('./transports/virtiofs/transport.js').VirtiofsTransport);
