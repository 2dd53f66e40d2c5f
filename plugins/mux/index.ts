export { Mux } from './mux.js';
