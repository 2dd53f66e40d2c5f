export { traceOptions } from './options.js';
export { TraceLayer } from './trace.js';
