export { MemoryFs } from './memory.js';
export { memoryOptions, type MemoryOptions } from './options.js';
