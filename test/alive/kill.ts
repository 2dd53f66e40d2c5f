import { constants, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Driver, Registry } from '../../driver/index.js';
import { type MortalOptions, MortalServer } from './server.js';

const { O_APPEND, O_CREAT, O_EXCL, O_WRONLY } = constants;

/** Files that are being written at a time. */
const LANES = 16;
/** Files in one directory. */
const SHELF = 250;

export interface KillOptions extends MortalOptions {
  readonly files: number;
  readonly kills: number;
  /** Milliseconds that a server lives, at most. */
  readonly life: number;
  /** Where the random numbers start. */
  readonly seed: number;
  /** The driver's rings are packed. */
  readonly packed?: boolean;
}

export interface KillResult {
  readonly files: number;
  readonly kills: number;
  /** Rings that had requests in flight when their server was killed. */
  readonly caught: number;
  /** What went wrong, in words: an operation that failed, a file that is lost, doubled or of other content. */
  readonly faults: readonly string[];
}

const text = (i: number, part: number): string => `file ${i}, part ${part}: ${'x'.repeat(i % 97)}\n`;
const whole = (i: number): string => text(i, 0) + text(i, 1);
const shelf = (i: number): string => `/${Math.floor(i / SHELF)}`;

/** Numbers in [0, 1) that a seed determines (mulberry32). */
function random(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Makes file `i` by requests that would show if one of them was done twice, or not at all. */
async function write(driver: Driver, i: number): Promise<void> {
  const directory = shelf(i);
  const file = await driver.open(`${directory}/new-${i}`, O_WRONLY | O_CREAT | O_EXCL | O_APPEND);
  await file.write(0, Buffer.from(text(i, 0)));
  await file.write(0, Buffer.from(text(i, 1)));
  await file.close();
  await driver.rename(`${directory}/new-${i}`, `${directory}/${i}`);
  if (i % 5 === 0) {
    await driver.link(`${directory}/${i}`, `${directory}/link-${i}`);
    await driver.unlink(`${directory}/link-${i}`);
  }
  if (i % 7 === 0) {
    await driver.symlink(`${i}`, `${directory}/symlink-${i}`);
    await driver.mkdir(`${directory}/dir-${i}`);
    await driver.rmdir(`${directory}/dir-${i}`);
    await driver.unlink(`${directory}/symlink-${i}`);
  }
}

/** Writes files through the driver while the server is killed again and again, then looks on the host what there is. */
export async function kill({ files, kills, life, seed, packed = false, ...options }: KillOptions, say: (text: string) => void = () => {}): Promise<KillResult> {
  const place = mkdtempSync(path.join(tmpdir(), 'fusewire-kill-'));
  const source = path.join(place, 'source');
  mkdirSync(source);
  const server = new MortalServer(place, source, { ...options, transport: { packed } });
  const faults: string[] = [];
  try {
    await server.start();
    const driver = await Driver.connect(server.socket, { registry: new Registry(), reconnect: 60, queues: 2, packed });
    await driver.mount();
    let next = 0;
    let written = 0;
    const lane = async (): Promise<void> => {
      while (next < files) {
        const i = next++;
        try {
          await write(driver, i);
          written++;
        } catch (error) {
          faults.push(`file ${i}: ${(error as Error).message}`);
        }
      }
    };
    for (let i = 0; i < files; i += SHELF) await driver.mkdir(shelf(i));
    const writing = Promise.all(Array.from({ length: LANES }, lane));
    let killed = 0;
    const chance = random(seed);
    const done = (): boolean => written + faults.length >= files;
    while (killed < kills && !done()) {
      // Kills are spread over the work: the next one comes when its share has been done, and a moment.
      while (written < Math.floor((killed * files) / kills) && !done()) await delay(1);
      await delay(chance() * life);
      await server.kill();
      killed++;
      if (killed % 10 === 0) say(`${killed} kills, ${written} files`);
      await server.start();
    }
    await writing;
    faults.push(...(await check(driver, source, files)));
    await driver.unmount();
    await driver.close();
    return { files: written, kills: killed, caught: server.count('requests of an earlier device are served again'), faults };
  } finally {
    await server.close();
    rmSync(place, { recursive: true, force: true });
  }
}

async function check(driver: Driver, source: string, files: number): Promise<string[]> {
  const faults: string[] = [];
  for (let i = 0; i < files; i++) {
    const name = path.join(source, shelf(i), String(i));
    try {
      if (readFileSync(name, 'latin1') !== whole(i)) faults.push(`file ${i} has other content`);
    } catch (error) {
      faults.push(`file ${i} is lost: ${(error as Error).message}`);
    }
  }
  for (const directory of readdirSync(source)) {
    for (const name of readdirSync(path.join(source, directory))) if (!/^\d+$/.test(name)) faults.push(`${directory}/${name} is left over`);
  }
  const { nodes } = driver.mounted!;
  if (nodes.size > 0) faults.push(`the driver still holds ${nodes.size} nodes`);
  return faults;
}
