export { ReadonlyLayer } from './readonly.js';
export { readonlyOptions } from './options.js';
