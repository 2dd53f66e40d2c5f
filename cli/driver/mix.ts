import { constants } from 'node:fs';
import { UsageError } from '../../core/errors.js';
import { Opcode } from '../../core/protocol/opcode.js';
import { AttrOut, EntryOut, GetattrIn, ReadIn, StatfsOut, WriteIn, WriteOut } from '../../core/protocol/structs.js';
import { putU64 } from '../../core/protocol/words.js';
import { fields, join, terminated } from '../../driver/body.js';
import type { BenchStep } from '../../driver/index.js';

export const OPERATIONS = ['read', 'write', 'getattr', 'lookup', 'statfs'] as const;
export type Operation = (typeof OPERATIONS)[number];
/** Percent of the requests. */
export type Mix = Readonly<Partial<Record<Operation, number>>>;

/** The file that requests are about. */
export interface Target {
  readonly node: number;
  readonly handle: number;
  readonly root: number;
  readonly name: string;
}

interface Shape extends Target {
  /** Bytes of a READ or WRITE, and how many of them the file has. */
  readonly block: number;
  readonly blocks: number;
  readonly random: boolean;
}

/** A lane goes round in at most so many requests. */
const STEPS = 20;
const STEP = 100 / STEPS;

/** `read=70,write=30`, or one name for all of them. */
export function parseMix(text: string): Mix {
  const mix: Partial<Record<Operation, number>> = {};
  const parts = text.split(',');
  for (const part of parts) {
    const [name = '', share = parts.length === 1 ? '100' : ''] = part.split('=');
    const percent = Number(share);
    if (!OPERATIONS.includes(name as Operation)) throw UsageError(`--mix knows no "${name}"`, `known: ${OPERATIONS.join(', ')}`);
    if (!Number.isInteger(percent) || percent <= 0 || percent % STEP !== 0) throw UsageError(`--mix: ${name} must have a multiple of ${STEP} percent`, 'such as read=70,write=30');
    mix[name as Operation] = percent;
  }
  const sum = Object.values(mix).reduce((total, percent) => total + percent, 0);
  if (sum !== 100) throw UsageError(`--mix must come to 100 percent, not ${sum}`, 'such as read=70,write=30');
  return mix;
}

function step(operation: Operation, { node, handle, root, name, block, blocks, random }: Shape): BenchStep {
  switch (operation) {
    case 'getattr':
      return { opcode: Opcode.GETATTR, node, body: join(fields(GetattrIn.size_)), reply: AttrOut.size_ };
    case 'lookup':
      return { opcode: Opcode.LOOKUP, node: root, body: terminated(name), reply: EntryOut.size_ };
    case 'statfs':
      return { opcode: Opcode.STATFS, node: root, reply: StatfsOut.size_ };
    default: {
      // `fuse_read_in` and `fuse_write_in` begin alike, and are of one size.
      const body = fields(WriteIn.size_);
      putU64(body, ReadIn.fh >> 2, handle);
      body[ReadIn.size >> 2] = block;
      body[ReadIn.flags >> 2] = constants.O_RDWR;
      const base = { node, body: join(body), vary: { at: ReadIn.offset, stride: block, count: blocks, random } };
      return operation === 'read' ? { ...base, opcode: Opcode.READ, receive: block } : { ...base, opcode: Opcode.WRITE, send: block, reply: WriteOut.size_ };
    }
  }
}

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));

/** The requests that a lane sends one after the other, in shares as the mix has them. */
export function mixSteps(mix: Mix, shape: Shape): BenchStep[] {
  const entries = Object.entries(mix) as [Operation, number][];
  const unit = entries.reduce((common, [, percent]) => divisor(common, percent), 100);
  const left = entries.map(([operation, percent]) => ({ operation, count: percent / unit, spent: 0 }));
  const total = left.reduce((sum, { count }) => sum + count, 0);
  // Evenly spread: next comes what is furthest behind its share.
  return Array.from({ length: total }, (_, i) => {
    const next = left.reduce((best, one) => (one.count * (i + 1) - one.spent * total > best.count * (i + 1) - best.spent * total ? one : best));
    next.spent++;
    return step(next.operation, shape);
  });
}
