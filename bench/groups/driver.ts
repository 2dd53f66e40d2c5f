import path from 'node:path';
import { type Group, isMissing, type Measurement, type Missing, type Subject } from '../model.js';
import { TemporaryFolder } from '../places.js';
import type { ServerProcess } from '../process.js';
import type { Program } from '../rivals/program.js';
import { c, ours, oursOnFourQueues, oursWithoutPolling, rust, startVirtiofs, type VirtiofsServer } from '../servers/virtiofs.js';
import { Ceiling } from './ceiling.js';
import { measurement, SLICES } from './driver-measure.js';
import { DRIVER_MEANS, DRIVER_ROWS, type DriverRow } from './driver-rows.js';
import { fillFolder, Share } from './driver-share.js';

/** A server with a driver that is connected to it. */
class DriverSubject implements Subject<DriverRow> {
  readonly name: string;
  readonly kind: 'ours' | 'rival';
  readonly command: string;
  readonly pids: readonly number[];

  constructor(private readonly server: VirtiofsServer, readonly version: string, private readonly process: ServerProcess, private readonly share: Share) {
    this.name = server.name;
    this.kind = server.kind;
    this.command = process.command;
    this.pids = [process.pid];
  }

  compiles({ work }: DriverRow): boolean {
    return this.kind === 'ours' && work.scripted === true;
  }

  measure({ work, lanes, spin }: DriverRow, seconds: number): Promise<Measurement> | undefined {
    if (lanes < this.server.queues) return undefined;
    const run = () => this.share.driver.device.bench(work.cycles(this.share), { lanes, spin, seconds, slices: SLICES });
    return Promise.resolve(measurement(run, this.process.pid));
  }

  async stop(): Promise<void> {
    await this.share.close();
    await this.process.stop();
  }
}

/** Servers seen through our own driver in user space, on a folder in memory. */
export function driverGroup(): Group<DriverRow> {
  let work: TemporaryFolder | undefined;
  let served: TemporaryFolder | undefined;
  const subjects: Subject<DriverRow>[] = [];

  async function start(server: VirtiofsServer, id: number): Promise<Subject<DriverRow> | Missing> {
    let program: Program;
    try {
      program = server.find();
    } catch (error) {
      return { name: server.name, missing: (error as Error).message };
    }
    const socket = path.join(work!.path, `${id}.sock`);
    const process = await startVirtiofs(server, program, served!.path, socket);
    return new DriverSubject(server, program.version, process, await Share.open(socket, server.queues, id));
  }

  return {
    name: 'driver',
    rows: DRIVER_ROWS,
    means: DRIVER_MEANS,
    async open(rivals) {
      work = TemporaryFolder.forWork();
      served = TemporaryFolder.inMemory();
      fillFolder(served.path);
      subjects.push(new Ceiling());
      const missing: Missing[] = [];
      for (const [id, server] of [ours, oursWithoutPolling, oursOnFourQueues, ...(rivals ? [rust, c] : [])].entries()) {
        const subject = await start(server, id);
        if (isMissing(subject)) missing.push(subject);
        else subjects.push(subject);
      }
      return [...subjects, ...missing];
    },
    async close() {
      for (const subject of subjects.splice(0)) await subject.stop();
      work?.[Symbol.dispose]();
      served?.[Symbol.dispose]();
    },
  };
}
