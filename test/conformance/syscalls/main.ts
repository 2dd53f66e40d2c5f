import os from 'node:os';
import type { Cell } from '../behaviour.js';
import { runBehaviours } from '../run.js';
import { conformance } from '../table.js';
import { Syscalls } from './posix.js';

/** Runs the table in a directory with system calls: `main.js DIRECTORY CELL MATCH`, one JSON line per outcome. */
const [home, cell, match] = process.argv.slice(2);
const where: Cell = { ...(JSON.parse(cell!) as Cell), release: os.release() };
const wanted = new RegExp(match!, 'i');
await runBehaviours(conformance.filter(({ name }) => wanted.test(name)), where, new Syscalls(), home!, (outcome) => {
  process.stdout.write(`${JSON.stringify(outcome)}\n`);
});
