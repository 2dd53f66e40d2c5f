export { Passthrough } from './passthrough.js';
export { passthroughOptions, type PassthroughOptions } from './options.js';
