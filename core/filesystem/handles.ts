import { Column, Columns } from '../channel/columns.js';
import { HANDLES_MOST } from '../limits/limits.js';
import type { Opened } from './entry.js';
import { grown } from './nodes.js';

/** What a handle was opened as. */
export const enum HandleKind {
  FREE = 0,
  FILE = 1,
  DIRECTORY = 2,
}

/** The plugin's handle in a request that carries none (the file was never opened: no OPEN handler, or SETATTR by name). */
export const NO_HANDLE = -1;

/** Opens that were under way when the limit was reached come on top of it. */
const MOST = HANDLES_MOST + (1 << 16);

/**
 * The open files and directories of one session. On the wire a handle is an index with a generation in the upper word;
 * the plugin sees only the number it returned from OPEN, OPENDIR or CREATE. Index 0 is never given out: fh 0 on the wire
 * means "not opened".
 */
export class HandleTable {
  private kinds = new Uint8Array(16);
  private nodes = new Uint32Array(16);
  private generations = new Uint32Array(16);
  /** The plugin's own numbers. */
  private values = new Float64Array(16);
  /** Fds whose data READ and WRITE move, -1 for none. */
  private data = new Int32Array(16);
  /** Those whose data may become another file's: 1. */
  private moving = new Uint8Array(16);
  /** How it was opened, open(2). */
  private flags = new Uint32Array(16);
  private readonly free: number[] = [];
  private next = 1;
  count = 0;

  constructor(private readonly columns = new Columns()) {
    this.show();
  }

  /** Registers an open; the index, or -1 when the session holds too many. `data`: as `Opened.data`; `flags` as open(2). */
  open(kind: HandleKind, node: number, value: number, data = -1, flags = 0): number {
    const index = this.free.pop() ?? this.next++;
    if (index >= MOST) {
      this.next--;
      return -1;
    }
    if (index >= this.kinds.length) this.grow(index * 2);
    this.kinds[index] = kind;
    this.nodes[index] = node;
    this.values[index] = value;
    this.data[index] = data;
    this.moving[index] = 0;
    this.flags[index] = flags;
    this.count++;
    return index;
  }

  /** A function that exchanges the file whose data READ and WRITE move, where there is one, while this open lasts. */
  mover(index: number): (data: number) => void {
    const generation = this.generations[index]!;
    const bare = this.data[index]! >= 0;
    this.moving[index] = 1;
    return (data) => {
      if (bare && this.generations[index] === generation) this.data[index] = data;
    };
  }

  /** Takes up a handle that an earlier process gave out; all of them before any is opened, in ascending order. */
  restore(index: number, generation: number, kind: HandleKind, node: number, flags: number, { handle = 0, data = -1 }: Opened): void {
    if (index >= this.kinds.length) this.grow(index * 2);
    for (; this.next < index; this.next++) {
      // Whatever it was before, it is not open any more.
      this.generations[this.next] = generation + 1;
      this.free.push(this.next);
    }
    this.next = index + 1;
    this.kinds[index] = kind;
    this.nodes[index] = node;
    this.values[index] = handle;
    this.data[index] = data;
    this.moving[index] = 0;
    this.flags[index] = flags;
    this.generations[index] = generation;
    this.count++;
  }

  /** True when the wire handle (`index`, `generation`) is open, of that kind and of that node. */
  holds(index: number, generation: number, kind: HandleKind, node: number): boolean {
    return index < this.kinds.length && this.kinds[index] === kind && this.generations[index] === generation && this.nodes[index] === node;
  }

  value(index: number): number {
    return this.values[index]!;
  }

  /** The fd whose data READ and WRITE move, -1 for none. */
  dataOf(index: number): number {
    return this.data[index]!;
  }

  /** The same, but -1 where it may become another one. */
  lastingDataOf(index: number): number {
    return this.moving[index] === 1 ? -1 : this.data[index]!;
  }

  openFlags(index: number): number {
    return this.flags[index]!;
  }

  generation(index: number): number {
    return this.generations[index]!;
  }

  close(index: number): void {
    this.kinds[index] = HandleKind.FREE;
    this.generations[index]!++;
    this.free.push(index);
    this.count--;
  }

  /** Calls `visit` for every open handle; it may close them. */
  forEach(visit: (index: number, kind: HandleKind, node: number, value: number) => void): void {
    for (let i = 1; i < this.next; i++) {
      if (this.kinds[i] !== HandleKind.FREE) visit(i, this.kinds[i]!, this.nodes[i]!, this.values[i]!);
    }
  }

  private grow(size: number): void {
    this.kinds = grown(this.kinds, new Uint8Array(size));
    this.nodes = grown(this.nodes, new Uint32Array(size));
    this.generations = grown(this.generations, new Uint32Array(size));
    this.values = grown(this.values, new Float64Array(size));
    this.flags = grown(this.flags, new Uint32Array(size));
    this.data = grown(this.data, new Int32Array(size));
    this.moving = grown(this.moving, new Uint8Array(size));
    this.show();
  }

  private show(): void {
    this.columns.set(Column.HANDLE_KINDS, this.kinds);
    this.columns.set(Column.HANDLE_NODES, this.nodes);
    this.columns.set(Column.HANDLE_GENERATIONS, this.generations);
    this.columns.set(Column.HANDLE_DATA, this.data);
  }
}
