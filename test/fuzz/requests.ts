import { requestTypes } from '../../core/dispatch/request-types.js';
import { Opcode, OPCODE_LIMIT } from '../../core/protocol/opcode.js';
import { InHeader } from '../../core/protocol/structs.js';
import type { ChainLayout } from '../../driver/index.js';
import { encodeRequest } from '../../driver/message.js';
import type { Random } from './random.js';

/** What the guest has learnt: ids that are its own, so that some requests get far. */
export interface Known {
  readonly nodes: number[];
  readonly handles: number[];
}

/** Not DESTROY, which only ends the fuzzing, nor SETLKW, whose answer may never come. */
const OPCODES = Array.from({ length: OPCODE_LIMIT }, (_, opcode) => opcode).filter((opcode) => opcode !== Opcode.DESTROY && opcode !== Opcode.SETLKW);
const NAMES = ['file', 'dir', 'link', 'new', 'a', 'b', '.', '..', '', 'x/y', 'n'.repeat(255), 'n'.repeat(256), 'user.x', 'security.capability', 'system.posix_acl_access'];
/** Sizes and offsets. */
const NUMBERS = [0n, 1n, 2n, 8n, 100n, 4095n, 4096n, 65536n, 1n << 20n, 1n << 53n, (1n << 63n) - 1n, 1n << 63n, (1n << 64n) - 1n];
/** Their sizes must not fill the disk. */
const SIZED = new Set<number>([Opcode.FALLOCATE, Opcode.SETATTR, Opcode.WRITE, Opcode.COPY_FILE_RANGE, Opcode.COPY_FILE_RANGE_64]);
const CALLERS = [{ uid: 0, gid: 0, pid: 1 }, { uid: 1000, gid: 1000, pid: 0 }, { uid: 0xffff_ffff, gid: 0xffff_ffff, pid: 0xffff_ffff }];

export interface Sent {
  readonly opcode: number;
  readonly unique: number;
  readonly bytes: Uint8Array;
  readonly capacity: number;
  readonly queue: number;
  readonly layout: ChainLayout;
}

function argument(random: Random, known: Known): bigint {
  switch (random.below(4)) {
    case 0: return BigInt(random.of([...known.handles, 0, 1, 2]));
    case 1: return BigInt(random.of([...known.nodes, 1, 2]));
    case 2: return random.of(NUMBERS);
    // Two words: flags, modes, counts.
    default: return BigInt(random.below(4096)) | (BigInt(random.once(3) ? random.below(256) : 0) << 32n);
  }
}

/** A mebibyte at most, or more than any disk has. */
const bounded = (value: bigint): bigint => (value <= 1n << 20n || value >= 1n << 62n ? value : BigInt.asUintN(12, value));

/** Arguments of the opcode's length, each 8 bytes of one kind or another, then names or data. */
function body(random: Random, opcode: number, known: Known): Uint8Array {
  const fixed = requestTypes[opcode]?.fixed ?? random.of([0, 8, 16, 40]);
  const view = new DataView(new ArrayBuffer(Math.ceil(fixed / 8) * 8));
  for (let at = 0; at < view.byteLength; at += 8) {
    const value = argument(random, known);
    // The first one is a handle, or says which others count.
    view.setBigUint64(at, at > 0 && SIZED.has(opcode) ? bounded(value) : value, true);
  }
  const names = Array.from({ length: random.below(3) }, () => Buffer.from(`${random.of(NAMES)}${random.once(20) ? '' : '\0'}`));
  return Buffer.concat([new Uint8Array(view.buffer, 0, fixed), ...names, ...(random.once(6) ? [random.bytes(random.below(300))] : [])]);
}

const pieces = (random: Random): number[] => Array.from({ length: random.below(4) }, () => 1 + random.below(60));

/** A request that has the form of one, and mistakes. */
export function request(random: Random, unique: number, known: Known): Sent {
  const opcode = random.once(50) ? random.below(5000) : random.of(OPCODES);
  const node = random.once(8) ? random.of([0, 999, 2 ** 32 + 1, 2 ** 53 - 1]) : random.of([1, ...known.nodes]);
  let bytes = encodeRequest(opcode, unique, node, body(random, opcode, known), random.of(CALLERS), random.once(20) ? 8 * random.below(4) : 0);
  if (random.once(15)) new DataView(bytes.buffer).setUint32(InHeader.len, random.of([0, 39, 40, bytes.length - 1, bytes.length + 1, 0xffff_ffff]), true);
  if (!SIZED.has(opcode)) for (let n = random.once(4) ? random.below(4) : 0; n > 0; n--) bytes[InHeader.size_ + random.below(Math.max(1, bytes.length - InHeader.size_))] = random.below(256);
  if (random.once(30)) bytes = bytes.subarray(0, 1 + random.below(bytes.length));
  const capacity = random.once(8) ? random.below(40) : 16 + random.below(9000);
  return { opcode, unique, bytes, capacity, queue: random.below(3), layout: { readable: pieces(random), writable: pieces(random) } };
}
