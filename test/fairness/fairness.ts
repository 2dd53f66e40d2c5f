import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants, setPriority, tmpdir } from 'node:os';
import path from 'node:path';
import { HostileServer } from '../hostile/server.js';

/** What the guest beside the reader does: it breaks its queues, or floods requests of one kind. */
export type Part = 'garbage' | 'reads' | 'attributes' | 'statfs';

export interface Share {
  /** READs of 128 KiB a second that the reader had alone, and beside the other guest; medians. */
  readonly alone: number;
  readonly beside: number;
  /** Requests of the other one a second, or how many queues it broke. */
  readonly other: number;
  /** Of a core, what the server used while the reader was alone, and beside the other one. */
  readonly busy: readonly [number, number];
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

async function guest(part: string, socket: string, priority: number): Promise<ChildProcess> {
  const child = fork(path.join(import.meta.dirname, 'guest-process.js'), [part, socket]);
  await once(child, 'message');
  setPriority(child.pid!, priority);
  return child;
}

/** Seconds of processor time that a process has used. */
function used(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const [user, system] = stat.slice(stat.lastIndexOf(')') + 2).split(' ').slice(11, 13);
  return (Number(user) + Number(system)) / 100;
}

async function play(seconds: number, ...guests: ChildProcess[]): Promise<number[]> {
  const told = guests.map((one) => once(one, 'message') as Promise<[number]>);
  for (const one of guests) one.send(seconds);
  return (await Promise.all(told)).map(([one]) => one);
}

/** A guest that reads a large file, two requests at a time, alone and beside one that plays `part`; `rounds` of `seconds` each, in turns. */
export async function fairness(part: Part, seconds: number, rounds: number): Promise<Share> {
  const place = mkdtempSync(path.join(tmpdir(), 'fusewire-fair-'));
  const source = path.join(place, 'source');
  mkdirSync(source);
  writeFileSync(path.join(source, 'large'), Buffer.alloc(64 << 20, 'large'));
  const socket = (name: string): string => path.join(place, name);
  const server = await HostileServer.start(place, [{
    name: 'share', filesystem: { use: 'passthrough', source },
    transport: ['reader', 'other'].map((name) => ({ use: 'virtiofs', socket: socket(name), tag: name })),
  }]);
  // What counts is the server's time: the other guest's own time is not to be the reader's loss.
  const guests = await Promise.all([guest('reader', socket('reader'), 0), guest(part, socket('other'), constants.priority.PRIORITY_LOW)]);
  const [reader, other] = guests as [ChildProcess, ChildProcess];
  try {
    await play(seconds / 2, reader);
    const alone: number[] = [];
    const beside: number[][] = [];
    const busy: [number, number] = [0, 0];
    for (let round = 0; round < rounds; round++) {
      const at = used(server.pid);
      alone.push((await play(seconds, reader))[0]!);
      const then = used(server.pid);
      beside.push(await play(seconds, reader, other));
      busy[0] += (then - at) / seconds / rounds;
      busy[1] += (used(server.pid) - then) / seconds / rounds;
    }
    return { busy, alone: median(alone), beside: median(beside.map(([one]) => one!)), other: median(beside.map(([, two]) => two!)) };
  } finally {
    for (const child of guests) child.disconnect();
    await server.stop();
    rmSync(place, { recursive: true, force: true });
  }
}
