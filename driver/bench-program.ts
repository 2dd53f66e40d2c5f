import { OutHeader, InHeader } from '../core/protocol/structs.js';
import type { Opcode } from '../core/protocol/opcode.js';
import { StepFlag } from '../native/driver-bench.js';
import type { GuestMemory } from './memory.js';
import { type Caller, encodeRequest } from './message.js';

/** One request of a benchmark's cycle. Sizes and offsets in bytes. */
export interface BenchStep {
  readonly opcode: Opcode;
  readonly node: number;
  readonly body?: Uint8Array;
  /** Bytes of data behind the body, in pages. */
  readonly send?: number;
  /** Length of the reply's fixed part behind `fuse_out_header`. */
  readonly reply?: number;
  /** Room for data behind that, in pages, which a good answer fills. */
  readonly receive?: number;
  /** The errno expected, positive; 0 when absent. */
  readonly error?: number;
  /** Linux does not wait for the answer. */
  readonly background?: boolean;
  /** FORGET and its like: the hiprio queue, no answer. */
  readonly hiprio?: boolean;
  /** A READDIRPLUS that goes on until the directory's end. */
  readonly listing?: boolean;
  /** A u64 of the body that becomes another multiple of `stride`, below `stride * count`, each time. */
  readonly vary?: { readonly at: number; readonly stride: number; readonly count: number; readonly random: boolean };
  /** What it takes from earlier replies of its cycle: 8 bytes at `from` behind `fuse_out_header`, to `at` in the message. */
  readonly take?: readonly { readonly step: number; readonly from: number; readonly at: number }[];
}

/** The cycles that a lane goes through in turn. Lanes differ in nothing but the bytes of bodies. */
export type LaneCycles = (lane: number) => readonly (readonly BenchStep[])[];

/** Where the message and the reply of an offset count from. */
export const BODY = InHeader.size_;
export const NODE = InHeader.nodeid;

const PAGE = 4096;
const DESCRIPTOR = 16;
const enum Descriptor {
  NEXT = 1,
  WRITE = 2,
}
/** A step has 14 words, `DriverBench::Step`. */
const STEP_WORDS = 14;
const HEADER_WORDS = 5;

const align = (offset: number, to: number): number => Math.ceil(offset / to) * to;
/** Lengths of the descriptors of a message: its header, its fixed part, its pages. */
const split = (header: number, fixed: number, data: number): number[] => [
  header, ...(fixed > 0 ? [fixed] : []), ...Array.from({ length: Math.ceil(data / PAGE) }, (_, i) => Math.min(PAGE, data - i * PAGE)),
];

interface Placed {
  readonly step: BenchStep;
  /** Number of the cycle's first step. */
  readonly first: number;
  readonly flags: number;
  readonly after: bigint;
  readonly table: number;
  readonly readable: readonly number[];
  readonly writable: readonly number[];
  readonly request: number;
  readonly reply: number;
}

/** Lays a lane out: for each step its descriptor table, its message and the room for the reply, data at page boundaries. */
function place(cycles: readonly (readonly BenchStep[])[]): { steps: Placed[]; size: number } {
  const steps: Placed[] = [];
  let at = 0;
  for (const cycle of cycles) {
    const first = steps.length;
    for (const [i, step] of cycle.entries()) {
      const { body, send = 0, reply = 0, receive = 0, hiprio } = step;
      const fixed = body?.length ?? 0;
      const readable = split(InHeader.size_, fixed, send);
      const writable = hiprio ? [] : split(OutHeader.size_, reply, receive);
      const table = align(at, DESCRIPTOR);
      at = table + (readable.length + writable.length) * DESCRIPTOR;
      const request = before(at, InHeader.size_ + fixed, send);
      const answer = before(request + InHeader.size_ + fixed + send, OutHeader.size_ + reply, receive);
      at = answer + OutHeader.size_ + reply + receive;
      const own = 1n << BigInt(first + i);
      const whole = ((1n << BigInt(cycle.length)) - 1n) << BigInt(first);
      steps.push({ step, first, flags: flagsOf(step, i === 0, i + 1 === cycle.length), after: i === 0 ? whole : own, table, readable, writable, request, reply: answer });
    }
  }
  return { steps, size: align(at, PAGE) };
}

/** Where a message starts, at or behind `at`, so that the data behind its `fixed` bytes starts with a page. */
const before = (at: number, fixed: number, data: number): number => data > 0 ? align(at + fixed, PAGE) - fixed : align(at, 8);

function flagsOf(step: BenchStep, first: boolean, last: boolean): number {
  return (step.hiprio ? StepFlag.HIPRIO | StepFlag.BACKGROUND : 0) | (step.background ? StepFlag.BACKGROUND : 0)
    | (step.vary?.random ? StepFlag.RANDOM : 0) | (step.listing ? StepFlag.LISTING : 0) | (first ? StepFlag.FIRST : 0) | (last ? StepFlag.LAST : 0);
}

/** Writes every lane's descriptors and messages into the memory at `base`. */
function fill(memory: GuestMemory, base: number, lanes: readonly Placed[][], size: number, caller: Caller): void {
  for (const [lane, steps] of lanes.entries()) {
    const start = base + lane * size;
    for (const [i, { step, table, readable, writable, request, reply }] of steps.entries()) {
      const message = encodeRequest(step.opcode, 2 * (lane * steps.length + i + 1), step.node, step.body ?? new Uint8Array(0), caller);
      new DataView(message.buffer).setUint32(InHeader.len, message.length + (step.send ?? 0), true);
      memory.bytes.set(message, start + request);
      memory.bytes.fill(0x5a, start + request + message.length, start + request + message.length + (step.send ?? 0));
      const count = readable.length + writable.length;
      const describe = (sizes: readonly number[], number: number, offset: number, flags: number): void => {
        for (const [k, length] of sizes.entries()) {
          const more = number + k + 1 < count;
          memory.writeDescriptor(start + table + (number + k) * DESCRIPTOR, offset, length, flags | (more ? Descriptor.NEXT : 0), more ? number + k + 1 : 0);
          offset += length;
        }
      };
      describe(readable, 0, start + request, 0);
      describe(writable, readable.length, start + reply, Descriptor.WRITE);
    }
  }
}

function encode(base: number, lanes: number, size: number, steps: readonly Placed[]): Uint32Array {
  const captures = steps.map(() => [] as [number, number][]);
  for (const { step, first, request } of steps) {
    for (const take of step.take ?? []) captures[first + take.step].push([steps[first + take.step].reply + OutHeader.size_ + take.from, request + take.at]);
  }
  const count = captures.flat().length;
  const words = new Uint32Array(HEADER_WORDS + steps.length * STEP_WORDS + count * 2);
  words.set([lanes, base, size, steps.length, count]);
  let capture = 0;
  for (const [i, { step, flags, after, table, readable, writable, request, reply }] of steps.entries()) {
    const { error = 0, vary, listing } = step;
    const least = step.hiprio ? 0 : OutHeader.size_ + (error > 0 || listing ? 0 : (step.reply ?? 0) + (step.receive ?? 0));
    words.set([
      table, readable.length + writable.length, request, reply, flags, -error, least,
      request + BODY + (vary?.at ?? 0), vary?.stride ?? 0, vary?.count ?? 0, capture, captures[i].length,
      Number(after & 0xffff_ffffn), Number(after >> 32n),
    ], HEADER_WORDS + i * STEP_WORDS);
    capture += captures[i].length;
  }
  words.set(captures.flat(2), HEADER_WORDS + steps.length * STEP_WORDS);
  return words;
}

/** A program for native/driver-bench.ts in the guest's memory. */
export interface BenchProgram {
  readonly words: Uint32Array;
  readonly base: number;
  readonly size: number;
}

/** Puts a program into the memory; undefined when it has no room. */
export function placeProgram(memory: GuestMemory, cycles: LaneCycles, lanes: number, caller: Caller): BenchProgram | undefined {
  const placed = Array.from({ length: lanes }, (_, lane) => place(cycles(lane)));
  const { steps, size } = placed[0];
  // Blocks are aligned to less than a page.
  const whole = lanes * size + PAGE;
  const block = memory.take(whole);
  if (block < 0) return undefined;
  const base = align(block, PAGE);
  fill(memory, base, placed.map((lane) => lane.steps), size, caller);
  return { words: encode(base, lanes, size, steps), base: block, size: whole };
}
