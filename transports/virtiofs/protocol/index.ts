/** The vhost-user message codec, shared by the device (transports/virtiofs) and the driver. Pure data, no I/O. */
export * from './config-space.js';
export * from './device-config.js';
export * from './device-state.js';
export * from './feature.js';
export * from './header.js';
export * from './inflight.js';
export * from './limits.js';
export * from './log-area.js';
export * from './malformed.js';
export * from './memory-region.js';
export * from './request.js';
export * from './u64.js';
export * from './vring-address.js';
export * from './vring-fd.js';
export * from './vring-state.js';
