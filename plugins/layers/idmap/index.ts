export { IdmapLayer } from './idmap.js';
export { idmapOptions } from './options.js';
