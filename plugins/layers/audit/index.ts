export { AuditLayer } from './audit.js';
export { auditOptions } from './options.js';
