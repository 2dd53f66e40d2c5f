import { checkConfig } from '../../../core/config/index.js';
import type { Constructor } from '../../../core/filesystem/decorators.js';
import { type Log, silent } from '../../../core/log.js';
import { Mount } from '../../../core/mount.js';
import { Opcode } from '../../../core/protocol/opcode.js';
import { Registry } from '../../../core/registry.js';
import { LoopbackTransport } from '../../../transports/loopback/transport.js';
import type { Behaviour, Cell } from '../behaviour.js';
import { type Outcome, runBehaviours } from '../run.js';
import { conformance } from '../table.js';
import { Connection } from './connection.js';
import { agree } from './features.js';
import { Inodes } from './inodes.js';
import { Requests } from './posix.js';

export interface ConformanceOptions {
  /** The behaviours to run; default: the whole table. */
  readonly behaviours?: readonly Behaviour[];
  /** Which reasons of the table apply; default: those for `loopback` alone. */
  readonly cell?: Cell;
  /** Called with each outcome as it is known. */
  readonly report?: (outcome: Outcome) => void;
  readonly log?: Log;
  /** Where behaviours run; default: the root. */
  readonly directory?: string;
  /** File systems that `options` may name by `use:`. */
  readonly parts?: readonly Constructor[];
}

/**
 * Runs the conformance table on a file system of one's own, in this process. `options` is what would stand beside `use:`
 * in a config file. The class is used on a root directory that root owns, with mode 755, and is not given back what it made.
 */
export async function runConformance(FileSystem: Constructor, options: object = {}, how: ConformanceOptions = {}): Promise<Outcome[]> {
  const registry = new Registry();
  registry.addFileSystem(FileSystem, 'tested');
  for (const part of how.parts ?? []) registry.addFileSystem(part);
  registry.addTransport(LoopbackTransport);
  const data = { mounts: [{ name: 'conformance', transport: { use: 'loopback' }, filesystem: { use: 'tested', ...options }, locks: 'server' }] };
  const config = await checkConfig({ name: 'conformance', directory: process.cwd(), data, where: (key) => key.join('.') }, registry);
  const mount = new Mount(config.mounts[0]!, registry, how.log ?? silent);
  await mount.start();
  try {
    return await run(mount.transport as LoopbackTransport, how);
  } finally {
    await mount.stop();
  }
}

async function run(transport: LoopbackTransport, { behaviours = conformance, cell, report, directory = '/' }: ConformanceOptions): Promise<Outcome[]> {
  const connection = new Connection((message) => transport.request(message));
  const requests = new Requests(connection, new Inodes(connection), await agree(connection));
  const outcomes: Outcome[] = [];
  const where: Cell = cell ?? { fileSystem: 'tested', transport: 'loopback', words: ['loopback'] };
  await runBehaviours(behaviours, where, requests, directory, (outcome) => {
    outcomes.push(outcome);
    report?.(outcome);
  });
  await connection.request(Opcode.DESTROY, 0n);
  return outcomes;
}
