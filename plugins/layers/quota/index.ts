export { QuotaLayer } from './quota.js';
export { quotaOptions } from './options.js';
