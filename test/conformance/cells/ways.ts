import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { runGuest } from '../../../cli/guest/run.js';
import { registry } from '../../../index.js';
import { MemoryFs } from '../../../plugins/memory/index.js';
import { Passthrough } from '../../../plugins/passthrough/index.js';
import type { Behaviour } from '../behaviour.js';
import { runConformance } from '../loopback/run.js';
import type { Outcome } from '../run.js';
import type { TableCell } from './cells.js';
import { interrupted } from './interrupt.js';
import { mountedByPeer } from './peers.js';
import { Scratch, scratch } from './places.js';
import { Outcomes, runProcess } from './process.js';
import { SeededMemory } from './seeded.js';
import { fileSystem, serving, systemCalls } from './serve.js';

/** Runs behaviours in a cell; resolves with why it ended before all were run. `match` finds the same ones by name. */
export type Way = (cell: TableCell, behaviours: readonly Behaviour[], match: string, report: (outcome: Outcome) => void) => Promise<string | undefined>;

const native: Way = async (cell, _behaviours, match, report) => {
  using place = scratch(cell.backing!)!;
  return await runProcess(systemCalls(place.path, cell, match), report);
};

const mounted = (options: object): Way => async (cell, _behaviours, match, report) => {
  using work = new Scratch();
  const mountpoint = path.join(work.path, 'mnt');
  mkdirSync(mountpoint);
  return await serving(cell, { use: 'fuse', mountpoint, allow_other: true, ...options, ...cell.transportOptions }, () => runProcess(systemCalls(mountpoint, cell, match), report));
};

const guest: Way = async (cell, _behaviours, match, report) => {
  using work = new Scratch();
  const target = { socket: path.join(work.path, 'socket'), tag: 'conformance' };
  const { code, reason } = await serving(cell, { use: 'virtiofs', ...target }, () => runGuest({
    ...target,
    command: [process.execPath, ...systemCalls('/mnt', cell, match)],
    timeout: 300,
    signal: interrupted,
    stdout: new Outcomes(report),
    stderr: process.stderr,
  }));
  return reason ?? (code === 0 ? undefined : `the process in the guest ended with code ${code}`);
};

const peer: Way = async (cell, _behaviours, match, report) => {
  using place = scratch(cell.backing!)!;
  return await mountedByPeer(cell, place.path, (mountpoint) => runProcess(systemCalls(mountpoint, cell, match), report));
};

const loopback: Way = async (cell, behaviours, _match, report) => {
  using place = cell.backing && scratch(cell.backing);
  const { use, ...options } = fileSystem(cell, place);
  const reportUnlessInterrupted = (outcome: Outcome): void => {
    interrupted.throwIfAborted();
    report(outcome);
  };
  await runConformance(registry.fileSystem(use)!.Class, options, { behaviours, cell, directory: cell.directory, report: reportUnlessInterrupted, parts: [MemoryFs, Passthrough, SeededMemory] });
  return undefined;
};

/** How a cell is reached, by transport. */
export const ways: Readonly<Record<string, Way>> = {
  native, peer, loopback, guest, mount: mounted({}), 'judged-mount': mounted({ default_permissions: false }),
};
