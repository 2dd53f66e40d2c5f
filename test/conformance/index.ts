import 'reflect-metadata';

export type { Behaviour, Cell, Limits } from './behaviour.js';
export { topic } from './behaviour.js';
export { type ConformanceOptions, runConformance } from './loopback/run.js';
export type { Posix } from './posix.js';
export { PosixError } from './posix.js';
export type { Outcome } from './run.js';
export type { Scene } from './scene.js';
export { conformance } from './table.js';
