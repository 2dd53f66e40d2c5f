import { PAYLOAD_SIZE } from '../core/channel/slot.js';
import type { NodeTable } from '../core/filesystem/nodes.js';
import { EXT_GROUPS, ROOT_NODE } from '../core/protocol/flags.js';
import { encodeName } from '../core/protocol/names.js';
import type { Opcode } from '../core/protocol/opcode.js';
import { ExtHeader, InHeader, SuppGroups } from '../core/protocol/structs.js';
import { putU64 } from '../core/protocol/words.js';

/** Who asks: what is made belongs to them. `supplementaryGroup` -1: none that matters. */
export interface Caller {
  readonly uid: number;
  readonly gid: number;
  readonly supplementaryGroup: number;
}

/** The mounter, who may do everything. */
export const MOUNTER: Caller = { uid: 0, gid: 0, supplementaryGroup: -1 };

/** Handles as one number: the index in the session's table, and its generation above. */
const HANDLE_INDEX = 2 ** 20;
export const handleOf = (index: number, generation: number): number => index + generation * HANDLE_INDEX;
export const indexOf = (handle: number): number => handle % HANDLE_INDEX;
const generationOf = (handle: number): number => Math.floor(handle / HANDLE_INDEX);

/** Builds requests, one at a time, in one buffer for all: what it holds is copied by whoever sends it. */
class Message {
  private readonly u8 = new Uint8Array(PAYLOAD_SIZE);
  private readonly u32 = new Uint32Array(this.u8.buffer);
  private length = 0;
  private unique = 0;

  /** Starts a request with `fixed` bytes of arguments, all zero. */
  start(opcode: Opcode, nodes: NodeTable, node: number, fixed: number, caller: Caller): this {
    const { u32 } = this;
    this.length = InHeader.size_ + fixed;
    u32.fill(0, 0, this.length >> 2);
    this.unique = (this.unique + 2) >>> 0;
    u32[InHeader.opcode >> 2] = opcode;
    u32[InHeader.unique >> 2] = this.unique;
    u32[InHeader.nodeid >> 2] = node;
    u32[(InHeader.nodeid >> 2) + 1] = generation(nodes, node);
    u32[InHeader.uid >> 2] = caller.uid;
    u32[InHeader.gid >> 2] = caller.gid;
    u32[InHeader.pid >> 2] = process.pid;
    return this;
  }
  /** Sets a field of the arguments. */
  word(offset: number, value: number): this {
    this.u32[(InHeader.size_ + offset) >> 2] = value;
    return this;
  }
  /** 64 bits. */
  long(offset: number, value: number): this {
    putU64(this.u32, (InHeader.size_ + offset) >> 2, value);
    return this;
  }
  handle(offset: number, handle: number): this {
    return this.word(offset, indexOf(handle)).word(offset + 4, generationOf(handle));
  }
  node(offset: number, nodes: NodeTable, node: number): this {
    return this.word(offset, node).word(offset + 4, generation(nodes, node));
  }
  /** Appends a string and its NUL; one that is too long for any message is cut, and refused by the session. */
  text(text: string): this {
    const written = encodeName(text, this.u8, this.length, Math.min(this.length + 8192, PAYLOAD_SIZE - 1));
    this.length += written < 0 ? 8192 : written;
    this.u8[this.length++] = 0;
    return this;
  }
  bytes(bytes: Uint8Array): this {
    this.u8.set(bytes, this.length);
    this.length += bytes.length;
    return this;
  }
  /** Appends the caller's supplementary group, where there is one (`struct fuse_supp_groups`). */
  group(caller: Caller): this {
    if (caller.supplementaryGroup < 0) return this;
    while ((this.length & 7) !== 0) this.u8[this.length++] = 0;
    const at = this.length >> 2;
    this.u32.fill(0, at, at + 4);
    this.u32[at] = ExtHeader.size_ + SuppGroups.size_ + 4;
    this.u32[at + (ExtHeader.type >> 2)] = EXT_GROUPS;
    this.u32[at + (ExtHeader.size_ >> 2)] = 1;
    this.u32[at + ((ExtHeader.size_ + SuppGroups.size_) >> 2)] = caller.supplementaryGroup;
    this.length += 16;
    this.u32[InHeader.total_extlen >> 2] = 2;
    return this;
  }
  done(): Uint8Array {
    this.u32[InHeader.len >> 2] = this.length;
    return this.u8.subarray(0, this.length);
  }
}

function generation(nodes: NodeTable, node: number): number {
  return node === ROOT_NODE ? 0 : nodes.generations[node]!;
}

export const message = new Message();
