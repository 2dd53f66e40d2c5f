import { constants, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Driver, Registry } from '../../driver/index.js';
import { Random } from '../fuzz/random.js';
import { type Holdings, HostileServer } from '../hostile/server.js';

const { O_CREAT, O_RDWR, O_TRUNC } = constants;
const SHARES = 4;
const DRIVERS = 8;
/** Of one guest, and most bytes of each. */
const FILES = 40;
const SIZE = 20_000;
/** Operations of one guest's life; every third guest is killed somewhere in it. */
const LIFE = 400;
/** Operations of one guest at once. */
const LANES = 4;
const MIB = 1 << 20;

export interface SoakOptions {
  readonly seconds: number;
  readonly requests: number;
  readonly seed: number;
}

export interface SoakResult {
  /** As the server counted them. */
  readonly requests: number;
  readonly guests: number;
  readonly killed: number;
  readonly before: Holdings;
  readonly after: Holdings;
  readonly faults: readonly string[];
}

/** What a file must hold; a guest that is killed in the midst of a change leaves it `unsure`, until it is written anew. */
interface Content {
  bytes: Buffer;
  unsure: boolean;
}

/** One of the guests, again and again: it changes files of its own, and knows what must be in them. */
class Player {
  guests = 0;
  killed = 0;
  /** Requests sent, at least. */
  requests = 0;
  readonly files = new Map<string, Content>();

  constructor(readonly name: string, private readonly socket: string, private readonly random: Random) {}

  /** One life: connect, mount, work, and unmount or be killed. */
  async live(): Promise<void> {
    const driver = await Driver.connect(this.socket, { registry: new Registry(), queues: 2, memory: 16 << 20 });
    await driver.mount();
    if (this.guests++ === 0) await driver.mkdir(`/${this.name}`);
    const dies = this.random.once(3) ? this.random.below(LIFE) : Infinity;
    const state = { done: 0, dead: false };
    await Promise.all(Array.from({ length: LANES }, async (_, lane) => {
      while (state.done < LIFE && !state.dead) {
        if (state.done++ === dies) {
          state.dead = true;
          this.killed++;
          // Without a word: what is in flight stays unanswered.
          await driver.close();
          return;
        }
        const content = { name: `${lane}-${this.random.below(FILES / LANES)}` };
        try {
          await this.step(driver, content.name);
        } catch (error) {
          if (!state.dead) throw error;
          const held = this.files.get(content.name);
          this.files.set(content.name, { bytes: held?.bytes ?? Buffer.alloc(0), unsure: true });
        }
      }
    }));
    if (state.dead) return;
    await driver.unmount();
    await driver.close();
  }

  private async step(driver: Driver, name: string): Promise<void> {
    const file = `/${this.name}/${name}`;
    const held = this.files.get(name);
    switch (held === undefined || held.unsure ? 0 : this.random.below(8)) {
      case 0: {
        const bytes = Buffer.from(this.random.bytes(this.random.below(SIZE)));
        const open = await driver.open(file, O_RDWR | O_CREAT | O_TRUNC);
        await open.write(0, bytes);
        await open.close();
        this.requests += 4;
        this.files.set(name, { bytes, unsure: false });
        break;
      }
      case 1: {
        const open = await driver.open(file, O_RDWR);
        const piece = Buffer.from(this.random.bytes(1 + this.random.below(3000)));
        const at = this.random.below(SIZE);
        await open.write(at, piece);
        await open.close();
        this.requests += 3;
        const bytes = Buffer.alloc(Math.max(held!.bytes.length, at + piece.length));
        held!.bytes.copy(bytes);
        piece.copy(bytes, at);
        held!.bytes = bytes;
        break;
      }
      case 2:
        await driver.unlink(file);
        this.requests += 2;
        this.files.delete(name);
        break;
      case 3: {
        const { size } = await driver.stat(file);
        this.requests += 2;
        if (size !== held!.bytes.length) throw new Error(`${file} has ${size} bytes in place of ${held!.bytes.length}`);
        break;
      }
      case 4: {
        const names = await driver.readdir(`/${this.name}`);
        this.requests += 4;
        if (!names.includes(name)) throw new Error(`${file} is not listed`);
        break;
      }
      case 5: {
        const size = this.random.below(SIZE);
        await driver.truncate(file, size);
        this.requests += 2;
        const bytes = Buffer.alloc(size);
        held!.bytes.copy(bytes);
        held!.bytes = bytes;
        break;
      }
      default: {
        const bytes = await driver.readFile(file);
        this.requests += 5;
        if (Buffer.compare(bytes, held!.bytes) !== 0) throw new Error(`${file} has other bytes than were written`);
      }
    }
  }

  /** What the host has of it. */
  check(source: string): string[] {
    const sure = [...this.files].filter(([, { unsure }]) => !unsure);
    const directory = path.join(source, this.name);
    const wrong = sure.filter(([name, { bytes }]) => Buffer.compare(readFileSync(path.join(directory, name)), bytes) !== 0);
    const lost = readdirSync(directory).filter((name) => !this.files.has(name));
    return [...wrong.map(([name]) => `${this.name}/${name} has other bytes on the host`), ...lost.map((name) => `${this.name}/${name} is left over`)];
  }
}

/** 8 drivers on 4 shares, mixed requests, guests killed at random, every byte verified; until `requests` are made or `seconds` are over. */
export async function soak({ seconds, requests, seed }: SoakOptions, say: (text: string) => void = () => {}): Promise<SoakResult> {
  const place = mkdtempSync(path.join(tmpdir(), 'fusewire-soak-'));
  const sources = Array.from({ length: SHARES }, (_, i) => path.join(place, `source-${i}`));
  for (const source of sources) mkdirSync(source);
  const sockets = Array.from({ length: DRIVERS }, (_, i) => path.join(place, `socket-${i}`));
  const server = await HostileServer.start(place, sources.map((source, i) => ({
    name: `share-${i}`, filesystem: { use: 'passthrough', source },
    transport: sockets.filter((_, n) => n % SHARES === i).map((socket) => ({ use: 'virtiofs', socket, tag: 'soak', queues: 2 })),
  })), ['--expose-gc']);
  const players = sockets.map((socket, i) => new Player(`guest-${i}`, socket, new Random(seed + i)));
  const sum = (key: 'requests' | 'guests' | 'killed'): number => players.reduce((total, player) => total + player[key], 0);
  const faults: string[] = [];
  const end = performance.now() + seconds * 1000;
  try {
    const until = (most: number): Promise<unknown> => Promise.all(players.map(async (player) => {
      while (sum('requests') < most && performance.now() < end && faults.length === 0) {
        try {
          await player.live();
        } catch (error) {
          faults.push(`${player.name}: ${server.death ?? (error as Error).message}`);
        }
      }
    }));
    await until(Math.min(requests / 4, 100_000));
    const before = await server.holdings();
    for (let step = 1; step <= 10 && faults.length === 0; step++) {
      await until((requests * step) / 10);
      say(`${sum('requests')} requests, ${sum('guests')} guests, ${sum('killed')} killed`);
    }
    const after = server.death === undefined ? await server.holdings() : before;
    players.forEach((player, i) => faults.push(...player.check(sources[i % SHARES]!)));
    if (after.fds > before.fds + 16) faults.push(`${after.fds - before.fds} file descriptors more than before`);
    if (after.resident > before.resident + 48 * MIB) faults.push(`${Math.round((after.resident - before.resident) / MIB)} MiB more than before`);
    return { requests: after.requests, guests: sum('guests'), killed: sum('killed'), before, after, faults };
  } finally {
    await server.stop();
    rmSync(place, { recursive: true, force: true });
  }
}
