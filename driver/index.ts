/** The virtio-fs driver in user space: for tests, tools and benchmarks without a virtual machine. */
export type { ChainLayout } from './chain.js';
export { Device, type RequestOptions, type SubmitOptions } from './device.js';
export type { DirectoryEntry } from './directory.js';
export { Driver, type DriverOptions } from './driver.js';
export type { Entry } from './entry.js';
export { DriverError } from './errors.js';
export type { OpenFile } from './file.js';
export { FileSystem } from './file-system.js';
export type { Init, InitOptions } from './init.js';
export type { Caller, Reply } from './message.js';
export type { DeviceOptions } from './options.js';
export type { Used } from './queue.js';
export { Registry, registry } from './registry.js';
export { Session } from './session.js';
export type { Changes, Time } from './setattr.js';
export type { StatFs } from './statfs.js';
export type { Stats } from './stats.js';
