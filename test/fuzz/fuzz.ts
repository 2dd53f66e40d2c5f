import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate, setTimeout as delay } from 'node:timers/promises';
import { Opcode } from '../../core/protocol/opcode.js';
import { getU64 } from '../../core/protocol/words.js';
import { words } from '../../driver/body.js';
import { Device, Driver, Registry } from '../../driver/index.js';
import { Fuse, told } from '../hostile/fuse.js';
import { HostileServer } from '../hostile/server.js';
import { FrontEnd } from '../virtiofs/front-end.js';
import { sendMessage } from './messages.js';
import { Random } from './random.js';
import { type Known, request, type Sent } from './requests.js';

const PLUGINS = ['passthrough', 'memory', 'overlay'] as const;
/** Milliseconds that answers may take. */
const PATIENCE = 60_000;
/** Requests of one guest, at once and in all. */
const BATCH = 16;
const ROUND = 640;
/** KiB of a file. */
const MOST = 8192;

function mounts(place: string): object[] {
  const share = (name: string): string => {
    const directory = path.join(place, name);
    mkdirSync(path.join(directory, 'dir'), { recursive: true });
    writeFileSync(path.join(directory, 'file'), 'x'.repeat(5000));
    symlinkSync('file', path.join(directory, 'link'));
    return directory;
  };
  const memory = { use: 'memory', size: '64MiB' };
  const filesystems = {
    passthrough: { use: 'passthrough', source: share('passthrough') },
    memory,
    overlay: { use: 'overlay', lower: [{ use: 'passthrough', source: share('lower') }], upper: memory },
  };
  return PLUGINS.map((name) => ({
    name, filesystem: filesystems[name],
    transport: ['fuzz', 'other'].map((end) => ({ use: 'virtiofs', socket: path.join(place, `${name}-${end}`), tag: end, queues: 2 })),
  }));
}

/** Notes what a reply brings, and says what is wrong with it. */
function learn({ opcode }: Sent, reply: Uint8Array, known: Known): string | undefined {
  const said = told(reply);
  if (said.includes(' ') && said !== 'no reply') return `${Opcode[opcode] ?? opcode}: ${said}`;
  if (said !== 'ok' || reply.length < 32) return undefined;
  const body = words(reply.slice(16));
  const opened = opcode === Opcode.OPEN || opcode === Opcode.OPENDIR;
  if (opened) known.handles.push(getU64(body, 0));
  else if (([Opcode.LOOKUP, Opcode.MKDIR, Opcode.MKNOD, Opcode.SYMLINK, Opcode.CREATE] as number[]).includes(opcode)) known.nodes.push(getU64(body, 0));
  for (const list of [known.nodes, known.handles]) if (list.length > 32) list.splice(0, 16);
  return undefined;
}

/** One guest's life on a share; how many requests it sent. */
async function round(random: Random, socket: string): Promise<number> {
  const device = await Device.open(socket, { memory: 16 << 20, queues: 2 });
  try {
    await new Fuse(device).init();
    const known: Known = { nodes: [], handles: [] };
    for (let sent = 0; sent < ROUND; sent += BATCH) {
      const batch = Array.from({ length: BATCH }, (_, i) => request(random, 2 * (sent + i) + 100, known));
      const late = new AbortController();
      const answers = await Promise.race([
        Promise.all(batch.map(({ bytes, capacity, queue, layout }) => device.submit(bytes, capacity, { queue, layout }))),
        delay(PATIENCE, undefined, { signal: late.signal }).then(() => Promise.reject(new Error('no answer: it hangs'))),
      ]).finally(() => late.abort());
      for (const [i, { length, bytes }] of answers.entries()) {
        const fault = length > batch[i]!.capacity ? `a reply of ${length} bytes into ${batch[i]!.capacity}` : learn(batch[i]!, bytes.subarray(0, length), known);
        if (fault !== undefined) throw new Error(fault);
      }
    }
    return ROUND;
  } finally {
    await device.close();
  }
}

/** One front-end's life; how many messages it sent. */
async function front(random: Random, socket: string): Promise<number> {
  const frontEnd = new FrontEnd(socket);
  let sent = 0;
  for (; sent < 60 && !frontEnd.ended; sent++) {
    sendMessage(random, frontEnd);
    await setImmediate();
  }
  frontEnd.close();
  return sent;
}

export interface FuzzResult {
  readonly sent: number;
  readonly faults: readonly string[];
}

/** Requests and messages of seeded guests against a server of passthrough, memory and overlay, for `seconds` or until `most` are sent. */
export async function fuzz(seconds: number, seed: number, most = Infinity): Promise<FuzzResult> {
  const place = mkdtempSync(path.join(tmpdir(), 'fusewire-fuzz-'));
  const server = await HostileServer.start(place, mounts(place), [], MOST);
  const random = new Random(seed);
  const faults: string[] = [];
  const other = await Driver.connect(path.join(place, 'memory-other'), { registry: new Registry() });
  await other.mount();
  await other.mkdir('/kept');
  const end = performance.now() + seconds * 1000;
  let sent = 0;
  let before: Awaited<ReturnType<HostileServer['holdings']>> | undefined;
  try {
    for (let n = 0; performance.now() < end && sent < most && faults.length === 0; n++) {
      const socket = path.join(place, `${random.of(PLUGINS)}-fuzz`);
      try {
        sent += random.once(4) ? await front(random, socket) : await round(random, socket);
        if (!(await other.stat('/kept')).isDirectory) faults.push('the other guest finds no directory any more');
      } catch (error) {
        faults.push(`seed ${seed}, after ${sent}: ${server.death ?? (error as Error).message}`);
      }
      if (n === 20 && faults.length === 0) before = await server.holdings();
    }
    faults.push(...server.lines.filter(({ message }) => message.includes('handler of')).slice(0, 3).map(({ message, fields }) => `${message} ${JSON.stringify(fields)}`));
    if (before && server.death === undefined) {
      // The last guest's end is seen when the next one has been served.
      await other.stat('/kept');
      const after = await server.holdings();
      if (after.fds > before.fds + 20) faults.push(`${after.fds - before.fds} file descriptors more than before`);
    }
    return { sent, faults };
  } finally {
    if (server.death === undefined) await other.close();
    await server.stop();
    rmSync(place, { recursive: true, force: true });
  }
}
