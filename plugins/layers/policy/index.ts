export { PolicyLayer } from './policy.js';
export { policyOptions } from './options.js';
