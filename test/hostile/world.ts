import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Device, type DeviceOptions, Driver, Registry } from '../../driver/index.js';
import { VirtqueueFlag } from '../../native/virtqueue.js';
import { FrontEnd, Guest } from '../virtiofs/front-end.js';
import { Ring } from '../virtiofs/ring.js';
import { Fuse } from './fuse.js';
import { HostileServer } from './server.js';

/** Of the file `data`. */
export const SIZE = 10_000;
const CONTENT = Buffer.alloc(SIZE, 'abcdefgh');
const QUEUES = 2;
/** Sockets for hostile guests of one share, in turns: on one of them front-ends are not let in as fast as cases come. */
const SOCKETS = 4;

/** Either way of answering: with the shortcuts of native code, or without. */
export type Way = 'shortcuts' | 'plain';
export const WAYS: readonly Way[] = ['shortcuts', 'plain'];

/** One server with two shares, one for each way, each with sockets for hostile guests and one for a guest that behaves. */
export class World {
  way: Way = 'shortcuts';
  private turn = 0;
  private readonly open: { close(): unknown }[] = [];

  private constructor(private readonly place: string, readonly server: HostileServer, private readonly others: Record<Way, Driver>) {}

  static async create(): Promise<World> {
    const place = mkdtempSync(path.join(tmpdir(), 'fusewire-hostile-'));
    const mounts = WAYS.map((way) => {
      const source = path.join(place, `source-${way}`);
      populate(source);
      const transport = [...Array.from({ length: SOCKETS }, (_, i) => `hostile-${i}`), 'other'].map((name) => ({ use: 'virtiofs', socket: path.join(place, `${way}-${name}`), tag: name, queues: QUEUES }));
      return { name: way, transport, filesystem: { use: 'passthrough', source }, shortcuts: way === 'shortcuts' };
    });
    const server = await HostileServer.start(place, mounts);
    const others: Driver[] = [];
    for (const way of WAYS) {
      const driver = await Driver.connect(path.join(place, `${way}-other`), { registry: new Registry() });
      await driver.mount();
      others.push(driver);
    }
    return new World(place, server, { shortcuts: others[0]!, plain: others[1]! });
  }

  /** The directory that is shared. */
  get source(): string {
    return path.join(this.place, `source-${this.way}`);
  }
  get socket(): string {
    return path.join(this.place, `${this.way}-hostile-${this.turn % SOCKETS}`);
  }

  /** A guest that has INIT answered, over the driver. */
  async fuse(flags?: bigint): Promise<Fuse> {
    const fuse = await this.fresh();
    await fuse.init(flags);
    return fuse;
  }

  /** A guest that has not sent INIT yet. */
  async fresh(options: DeviceOptions = {}): Promise<Fuse> {
    return this.keep(new Fuse(await Device.open(this.socket, { memory: 8 << 20, queues: QUEUES, ...options })));
  }

  frontEnd(): FrontEnd {
    return this.keep(new FrontEnd(this.socket));
  }

  /** A guest with one ring written by hand, which runs: a request ring, or `index` 0. */
  async guest({ index = 1, memory = 1 << 20, size = 8, flags = VirtqueueFlag.EVENT_INDEX | VirtqueueFlag.INDIRECT }: { index?: number; memory?: number; size?: number; flags?: number } = {}): Promise<Guest> {
    const guest = this.keep(new Guest(this.socket, new Ring(size, flags, 0, memory)));
    await guest.start(index);
    return guest;
  }

  /** Closes what a case has opened, and makes good what it did to files. */
  async clear(): Promise<void> {
    for (const one of this.open.splice(0).toReversed()) await one.close();
    this.turn++;
    for (const name of ['target', 'victim']) writeFileSync(path.join(this.source, name), CONTENT);
  }

  /** What is wrong with the guest that behaves, if anything: it still finds, reads and lists what it should. */
  async trouble(): Promise<string | undefined> {
    const { server, others, way } = this;
    if (server.death !== undefined) return server.death;
    try {
      const driver = others[way];
      const { size } = await driver.stat('/data');
      if (size !== SIZE) return `the other guest finds ${size} bytes`;
      if (Buffer.compare(await driver.readFile('/data'), CONTENT) !== 0) return 'the other guest reads something else';
      if (!(await driver.readdir('/')).includes('dir')) return 'the other guest lists something else';
      return undefined;
    } catch (error) {
      return server.death ?? `the other guest: ${(error as Error).message}`;
    }
  }

  async close(): Promise<void> {
    await this.clear();
    if (this.server.death === undefined) for (const driver of Object.values(this.others)) await driver.close();
    await this.server.stop();
    rmSync(this.place, { recursive: true, force: true });
  }

  private keep<T extends { close(): unknown }>(one: T): T {
    this.open.push(one);
    return one;
  }
}

function populate(source: string): void {
  mkdirSync(path.join(source, 'dir'), { recursive: true });
  writeFileSync(path.join(source, 'data'), CONTENT);
  for (const name of ['target', 'victim']) writeFileSync(path.join(source, name), CONTENT);
  writeFileSync(path.join(source, 'dir/inner'), 'inner');
  symlinkSync('data', path.join(source, 'link'));
  spawnSync('mkfifo', [path.join(source, 'fifo')]);
}
