import { constants } from 'node:fs';
import { parseSize } from '../../core/config/units.js';
import { UsageError } from '../../core/errors.js';
import { type BenchStep, Driver, type LaneCycles } from '../../driver/index.js';
import { columns } from '../ctl/columns.js';
import { mixSteps, type Mix, OPERATIONS, parseMix, type Target } from './mix.js';
import { printLine } from './pieces.js';

/** What `driver SOCKET bench` takes, as it stands on the command line. */
export interface BenchFlags {
  readonly depth: string;
  readonly block: string;
  readonly size: string;
  readonly mix: string;
  readonly seconds: string;
  readonly queues: string;
  readonly sequential?: boolean;
  readonly spin?: boolean;
  readonly packed?: boolean;
}

interface Settings {
  readonly depth: number;
  readonly block: number;
  readonly size: number;
  readonly mix: Mix;
  readonly seconds: number;
  readonly queues: number;
}

const MIB = 1 << 20;
const PAGE = 4096;
const PERCENTILES = [50, 90, 99, 99.9, 99.99];

function whole(flag: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most) throw UsageError(`--${flag} must be a whole number from ${least} to ${most}, not ${text}`, 'see: fusewire driver --help');
  return value;
}

function bytes(flag: string, text: string, least: number, most: number): number {
  const value = parseSize(text) ?? Number.NaN;
  if (!(value >= least && value <= most)) throw UsageError(`--${flag} must be a size from ${least} bytes to ${most / MIB} MiB, not ${text}`, 'such as 4KiB or 1MiB');
  return value;
}

function settings(flags: BenchFlags): Settings {
  const seconds = Number(flags.seconds);
  if (!(seconds > 0 && seconds <= 3600)) throw UsageError(`--seconds must be above 0 and at most 3600, not ${flags.seconds}`, 'see: fusewire driver --help');
  const block = bytes('block', flags.block, 1, MIB);
  return {
    depth: whole('depth', flags.depth, 1, 1024), block, seconds, queues: whole('queues', flags.queues, 1, 63),
    size: bytes('size', flags.size, block, 1024 * MIB), mix: parseMix(flags.mix),
  };
}

/** Bytes of guest memory for the requests of all lanes, twice what they take themselves. */
function memory(depth: number, steps: readonly BenchStep[]): number {
  const lane = steps.reduce((sum, { send = 0, receive = 0 }) => sum + send + receive + 4 * PAGE, 0);
  const needed = Math.ceil((2 * depth * lane) / MIB) * MIB + 64 * MIB;
  if (needed >= 4096 * MIB) throw UsageError('so many requests of this size do not fit the memory of a guest', 'less --depth, or a smaller --block');
  return needed;
}

/** Makes a file on the share, sends it requests for a while, removes it, and prints how long they took. */
export async function benchmark(socket: string, flags: BenchFlags): Promise<void> {
  const wanted = settings(flags);
  const { depth, block, size, mix, seconds, queues } = wanted;
  const path = `/fusewire-bench-${process.pid}`;
  const shape = (target: Target) => mixSteps(mix, { ...target, block, blocks: Math.floor(size / block), random: !flags.sequential });
  const driver = await Driver.connect(socket, { queues, packed: flags.packed === true, queueSize: 1024, memory: memory(depth, shape({ node: 1, handle: 0, root: 1, name: path.slice(1) })) });
  try {
    await driver.mount();
    const file = await driver.open(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600);
    try {
      const piece = new Uint8Array(MIB).fill(0x5a);
      for (let at = 0; at < size; at += MIB) await file.write(at, piece.subarray(0, Math.min(MIB, size - at)));
      await driver.device.drained();
      const steps = shape({ node: file.node, handle: file.handle, root: 1, name: path.slice(1) });
      const cycles: LaneCycles = () => steps.map((step) => [step]);
      const started = performance.now();
      const { cycles: done, samples } = driver.device.bench(cycles, { lanes: depth, spin: flags.spin === true, seconds });
      const took = (performance.now() - started) / 1000;
      const moved = steps.reduce((sum, { send = 0, receive = 0 }) => sum + send + receive, 0) / steps.length;
      await printLine(report(wanted, driver.device.requestQueues, done / took, moved, samples));
    } finally {
      await file.close();
      await driver.unlink(path);
    }
    await driver.unmount();
  } finally {
    await driver.close();
  }
}

function report({ depth, block, mix }: Settings, queues: number, rate: number, moved: number, samples: Uint32Array): string {
  const shares = OPERATIONS.filter((operation) => mix[operation]).map((operation) => `${operation} ${mix[operation]}%`).join(', ');
  const micro = (nanoseconds: number): string => (nanoseconds / 1000).toFixed(1);
  const at = (percentile: number): string => micro(samples[Math.min(samples.length - 1, Math.ceil((samples.length * percentile) / 100) - 1)]!);
  const mean = samples.reduce((sum, sample) => sum + sample, 0) / samples.length;
  const table = columns([
    ['mean', ...PERCENTILES.map((percentile) => `p${percentile}`), 'max'],
    [micro(mean), ...PERCENTILES.map(at), micro(samples.at(-1)!)],
  ]);
  return [
    `${shares}${moved > 0 ? `, ${block} bytes each` : ''}; ${depth} at a time on ${queues} ${queues === 1 ? 'queue' : 'queues'}`,
    `${Math.round(rate)} requests/s${moved > 0 ? `, ${((rate * moved) / MIB).toFixed(1)} MiB/s` : ''}; ${samples.length} requests took, in us:`,
    table,
  ].join('\n');
}
