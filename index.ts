import 'reflect-metadata';

export { Slab } from './core/channel/slab.js';
export type { Channel } from './core/channel/channel.js';
export { checkConfig, loadConfig, type Config, type MountConfig, type Selection } from './core/config/index.js';
export { UserError } from './core/errors.js';
export * from './core/filesystem/index.js';
export { type Log, silent } from './core/log.js';
export * from './core/protocol/flags.js';
export { InitFlag } from './core/protocol/init-flag.js';
export { nameBytes, nameText } from './core/protocol/names.js';
export { Opcode } from './core/protocol/opcode.js';
export { Registry } from './core/registry.js';
export { Server } from './core/server.js';
export type { SessionHost, TransportInstance } from './core/transport.js';
