import { Column, Columns } from '../../core/channel/columns.js';
import { cut, grown } from '../../core/filesystem/nodes.js';
import { getI64 } from '../../core/protocol/words.js';
import { slab } from '../../native/index.js';
import { Identity } from '../../native/syscalls.js';
import { scratch } from './scratch.js';

const STATX_BTIME = 0x800;
/** Milliseconds: longer than a tick of any kernel's clock, of which there are 100 to 1000 in a second. */
const TICK = 50;
/** Flipped in the birth that native code sees: it finds settled nodes only. */
const UNSETTLED = 0x8000_0000;

/**
 * Which node shows which file of the host: the same inode number on the same mount with the same birth time. Births are
 * counted in ticks: a file that is removed within its own leaves number and birth to the next one. Columns
 * indexed by node number, and an open-addressing hash of node numbers (0: free place) with linear probing.
 */
export class Identities {
  private inoLow = new Uint32Array(64);
  private inoHigh = new Uint32Array(64);
  private mounts = new Uint32Array(64);
  private birth = new Uint32Array(64);
  private birthNsec = new Uint32Array(64);
  /** `UNSETTLED` until the file was seen after the tick of its birth, when none can come that has its number and birth. */
  private unsettled = new Uint32Array(64);
  private table = new Int32Array(128);
  private count = 0;

  constructor(private readonly columns = new Columns()) {
    this.show();
  }

  /** The node of the identity in the scratch place, on mount `mount`; 0 when there is none. */
  find(mount: number): number {
    const { u32 } = slab;
    const at = scratch.identity >> 2;
    const mask = this.table.length - 1;
    let place = hash(u32[at]!, u32[at + 1]!, mount, u32[at + (Identity.btimensec >> 2)]!) & mask;
    for (let node = this.table[place]!; node !== 0; node = this.table[place]!) {
      if (this.matches(node, mount)) return node;
      place = (place + 1) & mask;
    }
    return 0;
  }

  /** True when the identity in the scratch place, on mount `mount`, is that of `node`. */
  matches(node: number, mount: number): boolean {
    const { u32 } = slab;
    const at = scratch.identity >> 2;
    return (
      this.inoLow[node] === u32[at] &&
      this.inoHigh[node] === u32[at + 1] &&
      this.mounts[node] === mount &&
      this.birthNsec[node] === u32[at + (Identity.btimensec >> 2)] &&
      (this.birth[node]! ^ this.unsettled[node]!) >>> 0 === u32[at + (Identity.btime >> 2)]
    );
  }

  /** Gives the identity in the scratch place to `node`. */
  add(node: number, mount: number): void {
    if (node >= this.inoLow.length) this.grow(Math.max(node + 1, Math.ceil(node * 1.5)));
    const { u32 } = slab;
    const at = scratch.identity >> 2;
    this.inoLow[node] = u32[at]!;
    this.inoHigh[node] = u32[at + 1]!;
    this.mounts[node] = mount;
    this.birthNsec[node] = u32[at + (Identity.btimensec >> 2)]!;
    this.settle(node);
    if (++this.count * 2 > this.table.length) this.rehash(this.table.length * 2);
    this.insert(node);
  }

  /** Forgets the identity of `node`; what probed past its place moves up. */
  remove(node: number): void {
    const mask = this.table.length - 1;
    let hole = this.home(node);
    while (this.table[hole] !== node) {
      if (this.table[hole] === 0) return;
      hole = (hole + 1) & mask;
    }
    this.count--;
    for (let next = (hole + 1) & mask; this.table[next] !== 0; next = (next + 1) & mask) {
      const distance = (next - this.home(this.table[next]!)) & mask;
      if (distance < ((next - hole) & mask)) continue;
      this.table[hole] = this.table[next]!;
      hole = next;
    }
    this.table[hole] = 0;
  }

  /** False: only its file handle tells whether a file with the node's identity is the node's. */
  isSettled(node: number): boolean {
    return this.unsettled[node] === 0;
  }

  /** Notes whether `node`, whose identity and file are those in the scratch place, is settled by now. */
  settle(node: number): void {
    this.unsettled[node] = bornBefore(Date.now() - TICK) ? 0 : UNSETTLED;
    this.birth[node] = slab.u32[(scratch.identity + Identity.btime) >> 2]! ^ this.unsettled[node]!;
  }

  /** Copies inode number and birth time of `node`: four words. */
  save(node: number, words: Uint32Array, at: number): void {
    words[at] = this.inoLow[node]!;
    words[at + 1] = this.inoHigh[node]!;
    words[at + 2] = (this.birth[node]! ^ this.unsettled[node]!) >>> 0;
    words[at + 3] = this.birthNsec[node]!;
  }

  mount(node: number): number {
    return this.mounts[node]!;
  }
  inodeLow(node: number): number {
    return this.inoLow[node]!;
  }
  inodeHigh(node: number): number {
    return this.inoHigh[node]!;
  }

  /** No number from `size` on is in use. */
  trim(size: number): void {
    this.inoLow = cut(this.inoLow, size);
    this.inoHigh = cut(this.inoHigh, size);
    this.mounts = cut(this.mounts, size);
    this.birth = cut(this.birth, size);
    this.birthNsec = cut(this.birthNsec, size);
    this.unsettled = cut(this.unsettled, size);
    this.rehash(Math.max(128, 2 ** Math.ceil(Math.log2((this.count + 1) * 2))));
  }

  private home(node: number): number {
    return hash(this.inoLow[node]!, this.inoHigh[node]!, this.mounts[node]!, this.birthNsec[node]!) & (this.table.length - 1);
  }

  private insert(node: number): void {
    const mask = this.table.length - 1;
    let place = this.home(node);
    while (this.table[place] !== 0) place = (place + 1) & mask;
    this.table[place] = node;
  }

  private rehash(places: number): void {
    const old = this.table;
    this.table = new Int32Array(places);
    for (const node of old) if (node !== 0) this.insert(node);
    this.show();
  }

  private grow(size: number): void {
    this.inoLow = grown(this.inoLow, new Uint32Array(size));
    this.inoHigh = grown(this.inoHigh, new Uint32Array(size));
    this.mounts = grown(this.mounts, new Uint32Array(size));
    this.birth = grown(this.birth, new Uint32Array(size));
    this.birthNsec = grown(this.birthNsec, new Uint32Array(size));
    this.unsettled = grown(this.unsettled, new Uint32Array(size));
    this.show();
  }

  private show(): void {
    const { columns } = this;
    columns.set(Column.INODES_LOW, this.inoLow);
    columns.set(Column.INODES_HIGH, this.inoHigh);
    columns.set(Column.NODE_MOUNTS, this.mounts);
    columns.set(Column.BIRTHS, this.birth);
    columns.set(Column.BIRTH_NANOSECONDS, this.birthNsec);
    columns.set(Column.PLACES, this.table);
  }
}

/**
 * Whether the file in the scratch place was born before `time`, milliseconds since 1970; false where no birth is kept, and
 * only file handles tell files apart.
 */
function bornBefore(time: number): boolean {
  const at = scratch.identity >> 2;
  const { u32 } = slab;
  if ((u32[at + (Identity.mask >> 2)]! & STATX_BTIME) === 0) return false;
  return getI64(u32, at + (Identity.btime >> 2)) * 1000 + u32[at + (Identity.btimensec >> 2)]! / 1e6 < time;
}

/** Mirrored in native/src/shortcuts_host.cc. */
function hash(low: number, high: number, mount: number, nsec: number): number {
  let h = low ^ Math.imul(high, 0x9e3779b1) ^ Math.imul(mount, 0x85ebca6b) ^ Math.imul(nsec, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return h ^ (h >>> 16);
}
