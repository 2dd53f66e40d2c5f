import { closeSync, constants, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Opcode } from '../../core/protocol/opcode.js';
import { EntryOut } from '../../core/protocol/structs.js';
import { Driver, type LaneCycles, Registry } from '../../driver/index.js';
import { name } from '../bodies.js';
import { residentSize } from '../cpu.js';
import type { Group, Measurement, Row, Subject } from '../model.js';
import { TemporaryFolder } from '../places.js';
import type { ServerProcess } from '../process.js';
import { ours, startVirtiofs } from '../servers/virtiofs.js';
import { measurement, SLICES } from './driver-measure.js';
import { listDirectory } from './driver-work.js';

const PER_FOLDER = 10_000;
const NODES = 1_000_000;
/** Looked up over and over: a part that every number of nodes has. */
const ASKED = 1000;
/** Milliseconds after which a server that nobody asks for anything is idle. */
const QUIET = 3000;
const budget = (goal: number) => [{ rival: 'budget', idle: goal }];

export interface GrowthRow extends Row {
  readonly what: 'start' | 'idle' | 'node' | 'lookup';
  /** What it may cost at most, where that is a number. */
  readonly budget?: number;
}

const MIB = 1 << 20;
const ROWS: readonly GrowthRow[] = [
  { name: 'growth: start to first answer', unit: 's', what: 'start', budget: 0.3, goals: budget(1), conditions: ['idle'] },
  { name: 'growth: resident size when idle', unit: 'bytes', what: 'idle', budget: 80 * MIB, goals: budget(1), conditions: ['idle'] },
  { name: 'growth: resident bytes per looked-up node', unit: 'bytes', what: 'node', budget: 300, goals: budget(1), conditions: ['idle'] },
  { name: 'growth: look-up among many nodes', unit: 'us', what: 'lookup', goals: [{ rival: 'few nodes', idle: 1 / 1.3 }], conditions: ['idle'] },
];

/** One server of a folder of folders, and how much it has been asked for. */
class Growing {
  private driver!: Driver;
  private process!: ServerProcess;
  /** Seconds from the start to the answer to INIT. */
  started = 0;
  /** Resident bytes of the idle server. */
  idle = 0;
  perNode = NaN;

  constructor(private readonly folder: string, private readonly socket: string) {}

  async start(): Promise<void> {
    const began = performance.now();
    this.process = await startVirtiofs(ours, ours.find(), this.folder, this.socket);
    this.driver = await Driver.connect(this.socket, { queueSize: 1024, registry: new Registry() });
    await this.driver.mount();
    this.started = (performance.now() - began) / 1000;
  }

  async rest(): Promise<void> {
    await delay(QUIET);
    this.idle = residentSize(this.process.pid);
  }

  /** Has the server answer for every entry of the folders. */
  async know(folders: number): Promise<void> {
    const before = residentSize(this.process.pid);
    for (let i = 0; i < folders; i++) {
      const open = await this.driver.open(`/${i}`, constants.O_RDONLY | constants.O_DIRECTORY);
      this.driver.device.bench(() => [[listDirectory(open)]], { lanes: 1, spin: false, seconds: 0, slices: 1 });
    }
    this.perNode = (residentSize(this.process.pid) - before) / (folders * PER_FOLDER);
  }

  async lookup(seconds: number): Promise<Measurement> {
    const { node } = await this.driver.lookup('/0');
    const cycles: LaneCycles = (lane) => Array.from({ length: 32 }, (_, i) => [
      { opcode: Opcode.LOOKUP, node, body: name(`entry-${String((lane * 32 + i) % ASKED).padStart(5, '0')}`), reply: EntryOut.size_ },
    ]);
    return measurement(() => this.driver.device.bench(cycles, { lanes: 32, spin: true, seconds, slices: SLICES }), this.process.pid);
  }

  async stop(): Promise<void> {
    await this.driver.close();
    await this.process.stop();
  }
}

const subject = (name: string, kind: 'ours' | 'limit', measure: Subject<GrowthRow>['measure']): Subject<GrowthRow> => ({
  name, kind, command: 'fusewire share', version: '', pids: [], measure, stop: async () => {},
});

const known = (value: number | undefined): Promise<Measurement> | undefined => (value === undefined ? undefined : Promise.resolve({ value }));

/** What more nodes cost, and what none cost. */
export function growthGroup(): Group<GrowthRow> {
  let work: TemporaryFolder | undefined;
  let served: TemporaryFolder | undefined;
  const servers: Growing[] = [];
  return {
    name: 'growth', rows: ROWS, costly: true,
    async open(rivals) {
      work = TemporaryFolder.forWork();
      served = TemporaryFolder.inMemory();
      const folders = rivals ? NODES / PER_FOLDER : 1;
      for (let i = 0; i < folders; i++) {
        mkdirSync(path.join(served.path, String(i)));
        for (let k = 0; k < PER_FOLDER; k++) closeSync(openSync(path.join(served.path, String(i), `entry-${String(k).padStart(5, '0')}`), 'w'));
      }
      const [few, many] = ['few', 'many'].map((which) => new Growing(served!.path, path.join(work!.path, which)));
      for (const server of [few, many]) {
        await server.start();
        servers.push(server);
      }
      await few.rest();
      await many.know(folders);
      const values = { start: () => few.started, idle: () => few.idle, node: () => (folders * PER_FOLDER === NODES ? many.perNode : undefined) };
      return [
        subject('fusewire', 'ours', ({ what }, seconds) => what === 'lookup' ? many.lookup(seconds) : known(values[what]())),
        subject('few nodes', 'limit', ({ what }, seconds) => what === 'lookup' ? few.lookup(seconds) : undefined),
        subject('budget', 'limit', ({ budget: most }) => known(most)),
      ];
    },
    async close() {
      for (const server of servers.splice(0)) await server.stop();
      work?.[Symbol.dispose]();
      served?.[Symbol.dispose]();
    },
  };
}
