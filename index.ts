import 'reflect-metadata';
import { Registry } from './core/registry.js';
import { AuditLayer } from './plugins/layers/audit/index.js';
import { FaultsLayer } from './plugins/layers/faults/index.js';
import { IdmapLayer } from './plugins/layers/idmap/index.js';
import { PolicyLayer } from './plugins/layers/policy/index.js';
import { QuotaLayer } from './plugins/layers/quota/index.js';
import { ReadonlyLayer } from './plugins/layers/readonly/index.js';
import { MemoryFs } from './plugins/memory/index.js';
import { Overlay } from './plugins/overlay/index.js';
import { Passthrough } from './plugins/passthrough/index.js';
import { FuseTransport } from './transports/fuse/transport.js';
import { VirtiofsTransport } from './transports/virtiofs/transport.js';

export { Slab } from './core/channel/slab.js';
export type { Channel } from './core/channel/channel.js';
export { checkConfig, directory, duration, fileSystem, hostPath, loadConfig, size, transportsOf, type Config, type MountConfig, type Selection } from './core/config/index.js';
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

/** The built-in file systems, layers and transports, and the plugin modules that configs have named. */
export const registry = new Registry();
registry.addFileSystem(MemoryFs);
registry.addFileSystem(Overlay);
registry.addFileSystem(Passthrough);
for (const layer of [AuditLayer, FaultsLayer, IdmapLayer, PolicyLayer, QuotaLayer, ReadonlyLayer]) registry.addLayer(layer);
registry.addTransport(FuseTransport);
registry.addTransport(VirtiofsTransport);
