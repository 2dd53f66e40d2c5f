export { FaultsLayer } from './faults.js';
export { faultsOptions } from './options.js';
