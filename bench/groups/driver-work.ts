import { constants } from 'node:fs';
import { constants as os } from 'node:os';
import { Opcode } from '../../core/protocol/opcode.js';
import {
  AttrOut, CreateIn, EntryOut, FlushIn, ForgetIn, GetattrIn, OpenIn, OpenOut, ReadIn, ReleaseIn, WriteIn, WriteOut,
} from '../../core/protocol/structs.js';
import { type BenchStep, BODY, type LaneCycles, NODE } from '../../driver/bench-program.js';
import { followed, name, struct } from '../bodies.js';
import { FILE_SIZE, type Share, SMALL_FILES, SMALL_SIZE } from './driver-share.js';

const { O_RDWR, O_WRONLY, O_RDONLY } = constants;
const KIB = 1024;
const { ENOENT } = os.errno;
/** Often the same, so that a cycle need not wait for what those before it left to the background. */
const copies = <T>(cycle: T): T[] => Array.from({ length: 8 }, () => cycle);

function getattr(share: Share): LaneCycles {
  const step: BenchStep = { opcode: Opcode.GETATTR, node: share.file.node, body: new Uint8Array(GetattrIn.size_), reply: AttrOut.size_ };
  return () => [[step]];
}

/** Nodes that the server knows already, as after a timeout. */
function lookup(share: Share): LaneCycles {
  return (lane) => Array.from({ length: 64 }, (_, i): BenchStep[] => [{
    opcode: Opcode.LOOKUP, node: share.small, body: name(`file-${String((lane * 64 + i) % SMALL_FILES).padStart(4, '0')}`), reply: EntryOut.size_,
  }]);
}

function missing(share: Share): LaneCycles {
  return (lane) => Array.from({ length: 16 }, (_, i): BenchStep[] => [{
    opcode: Opcode.LOOKUP, node: share.small, body: name(`none-${String(lane * 16 + i).padStart(4, '0')}`), reply: EntryOut.size_, error: ENOENT,
  }]);
}

/** FLUSH, where the server wants it, and RELEASE, for which close(2) does not wait; `open` is the step that gave the handle. */
function close(share: Share, open: number, handleAt: number, node: BenchStep['take'], flags: number): BenchStep[] {
  const handle = { step: open, from: handleAt, at: BODY };
  const base = { node: share.file.node, take: [handle, ...(node ?? [])] };
  return [
    ...(share.flushes[flags === O_RDONLY ? 'read' : 'written'] ? [{ ...base, opcode: Opcode.FLUSH, body: new Uint8Array(FlushIn.size_), reply: 0 }] : []),
    { ...base, opcode: Opcode.RELEASE, body: struct(ReleaseIn.size_, { [ReleaseIn.flags]: flags }), reply: 0, background: true },
  ];
}

function createCycle(share: Share): LaneCycles {
  return (lane) => {
    const file = name(`new-${share.id}-${String(lane).padStart(4, '0')}`);
    const node = [{ step: 0, from: EntryOut.nodeid, at: NODE }];
    const handleAt = EntryOut.size_ + OpenOut.fh;
    return copies([
      { opcode: Opcode.CREATE, node: share.root, body: followed(struct(CreateIn.size_, { [CreateIn.flags]: O_WRONLY | constants.O_CREAT | constants.O_EXCL, [CreateIn.mode]: 0o100644 }), file), reply: EntryOut.size_ + OpenOut.size_ },
      {
        opcode: Opcode.WRITE, node: 0, body: struct(WriteIn.size_, { [WriteIn.size]: 4 * KIB, [WriteIn.flags]: O_WRONLY }), send: 4 * KIB, reply: WriteOut.size_,
        take: [...node, { step: 0, from: handleAt, at: BODY }],
      },
      ...close(share, 0, handleAt, node, O_WRONLY),
      { opcode: Opcode.UNLINK, node: share.root, body: file, reply: 0 },
      { opcode: Opcode.FORGET, node: 0, body: struct(ForgetIn.size_, { [ForgetIn.nlookup]: 1 }), hiprio: true, take: node },
    ]);
  };
}

function openCycle(share: Share): LaneCycles {
  const { node } = share.file;
  return () => copies([
    { opcode: Opcode.OPEN, node, body: struct(OpenIn.size_, { [OpenIn.flags]: O_RDONLY }), reply: OpenOut.size_ },
    { opcode: Opcode.READ, node, body: struct(ReadIn.size_, { [ReadIn.size]: SMALL_SIZE }), receive: SMALL_SIZE, take: [{ step: 0, from: OpenOut.fh, at: BODY }] },
    ...close(share, 0, OpenOut.fh, undefined, O_RDONLY),
  ]);
}

/** All entries of an open directory with their attributes. */
export function listDirectory({ node, handle }: { readonly node: number; readonly handle: number }): BenchStep {
  const size = 32 * KIB;
  const body = struct(ReadIn.size_, { [ReadIn.fh]: handle, [ReadIn.size]: size });
  return { opcode: Opcode.READDIRPLUS, node, body, receive: size, listing: true, vary: { at: ReadIn.offset, stride: 0, count: 0, random: false } };
}

const listing = (share: Share): LaneCycles => () => [[listDirectory(share.many)]];

/** READs or WRITEs of `size` bytes of the large file; lanes go through it one behind the other when in order. */
const transfer = (write: boolean, size: number, random: boolean) => (share: Share): LaneCycles => {
  const { node, handle } = share.data;
  const count = FILE_SIZE / size;
  return (lane) => {
    const fields = { [ReadIn.fh]: handle, [ReadIn.offset]: ((lane * 7) % count) * size, [ReadIn.size]: size, [ReadIn.flags]: O_RDWR };
    const step = { node, body: struct(ReadIn.size_, fields), vary: { at: ReadIn.offset, stride: size, count, random } };
    return [[write ? { ...step, opcode: Opcode.WRITE, send: size, reply: WriteOut.size_ } : { ...step, opcode: Opcode.READ, receive: size }]];
  };
};

/** What the rows of the driver do, by name. `metadata` says which goals hold. */
export interface Work {
  readonly name: string;
  readonly kind: 'metadata' | 'small' | 'medium' | 'large';
  /** Fusewire answers it in JavaScript, not in native code. */
  readonly scripted?: boolean;
  /** Most lanes, where more make no sense. */
  readonly lanes?: number;
  readonly cycles: (share: Share) => LaneCycles;
}

export const WORKS: readonly Work[] = [
  { name: 'getattr', kind: 'metadata', cycles: getattr },
  { name: 'look-up', kind: 'metadata', cycles: lookup },
  { name: 'look-up ENOENT', kind: 'metadata', cycles: missing },
  { name: 'create+write 4k+close+unlink', kind: 'metadata', scripted: true, cycles: createCycle },
  { name: 'open+read 4k+close', kind: 'metadata', scripted: true, cycles: openCycle },
  { name: 'readdirplus of 10,000', kind: 'metadata', scripted: true, lanes: 1, cycles: listing },
  { name: 'random read 4k', kind: 'small', cycles: transfer(false, 4 * KIB, true) },
  { name: 'random write 4k', kind: 'small', cycles: transfer(true, 4 * KIB, true) },
  { name: 'random read 128k', kind: 'medium', cycles: transfer(false, 128 * KIB, true) },
  { name: 'random write 128k', kind: 'medium', cycles: transfer(true, 128 * KIB, true) },
  { name: 'sequential read 1M', kind: 'large', cycles: transfer(false, 1024 * KIB, false) },
  { name: 'sequential write 1M', kind: 'large', cycles: transfer(true, 1024 * KIB, false) },
];
