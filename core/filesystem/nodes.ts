import { Column, Columns } from '../channel/columns.js';
import { ROOT_NODE } from '../protocol/flags.js';
import { NodeNumbers } from './node-numbers.js';

/** Told a length that is enough for columns indexed by node number, after many numbers have gone out of use. */
type Trim = (size: number) => void;

/**
 * The nodes of one mount. A node is a small number, an index into struct-of-arrays tables; on the wire its id carries a
 * generation in the upper 32 bits, so that a number used again is never taken for the old node. Plugins allocate a
 * number for each object they show and release it when core's FORGET says that nobody refers to it any more and the
 * object itself is gone. Plugins with a fixed set of nodes may use small constants without allocating.
 */
export class NodeTable {
  /** Generation of each node number. */
  generations = new Uint32Array(64);
  /** Look-ups not yet forgotten, over all sessions. */
  references = new Float64Array(64);
  private readonly numbers = new NodeNumbers();
  /** Of a number that the columns do not reach: no smaller than the generation of any that was let go of. */
  private fresh = 0;
  private trimming = false;
  private readonly trims = new Set<Trim>();
  private readonly nodesLive = new Float64Array(1);
  /** By which channels answer plain requests; a plugin whose nodes are files of the host adds its own (`Column`). */
  readonly columns = new Columns();

  constructor() {
    this.columns.set(Column.LIVE, this.nodesLive);
    this.show();
  }

  /** Nodes that some session refers to. */
  get live(): number {
    return this.nodesLive[0]!;
  }

  /** A node number that is not in use. */
  allocate(): number {
    const node = this.numbers.take();
    this.reserve(node);
    return node;
  }

  /** Gives a number back; ids made from it before are stale from now on. */
  release(node: number): void {
    this.generations[node]!++;
    this.numbers.give(node);
    if (this.numbers.sparse && !this.trimming) this.trimSoon();
  }

  /** Has `trim` called, never while a request is being handled, when a column may be cut to a length. */
  follow(trim: Trim): void {
    this.trims.add(trim);
  }

  unfollow(trim: Trim): void {
    this.trims.delete(trim);
  }

  /** Counts one look-up of `node`. */
  reference(node: number): void {
    this.reserve(node);
    if (this.references[node]!++ === 0) this.nodesLive[0]!++;
  }

  /** Takes `count` look-ups back; true when none is left. */
  dereference(node: number, count: number): boolean {
    const left = this.references[node]! - count;
    this.references[node] = Math.max(left, 0);
    if (left > 0) return false;
    this.nodesLive[0]!--;
    return true;
  }

  /**
   * Takes numbers that an earlier process gave out, with their generations. To be called before any number is allocated,
   * for each session that is restored.
   */
  restore(restored: ReadonlyMap<number, number>): void {
    let fresh = 0;
    let end = 0;
    for (const [node, generation] of restored) {
      this.reserve(node);
      end = Math.max(end, node + 1);
      this.generations[node] = generation;
      fresh = Math.max(fresh, generation + 1);
      this.restored.add(node);
    }
    this.numbers.restore(end, (node) => this.restored.has(node));
    for (let node = ROOT_NODE + 1; node < this.numbers.end; node++) {
      if (!this.restored.has(node)) this.generations[node] = Math.max(this.generations[node]!, fresh);
    }
  }
  private readonly restored = new Set<number>();

  /** The root, or a number that was restored. */
  wasRestored(node: number): boolean {
    return node === ROOT_NODE || this.restored.has(node);
  }

  private reserve(node: number): void {
    if (node < this.generations.length) return;
    if (node >= NodeTable.LIMIT) throw new RangeError(`node number ${node} is not below ${NodeTable.LIMIT}: numbers must be dense`);
    this.numbers.claim(node);
    const length = this.generations.length;
    const size = Math.max(node + 1, Math.ceil(length * 1.5));
    this.generations = grown(this.generations, new Uint32Array(size)).fill(this.fresh, length);
    this.references = grown(this.references, new Float64Array(size));
    this.show();
  }

  private trimSoon(): void {
    this.trimming = true;
    setImmediate(() => {
      this.trimming = false;
      this.trim();
    });
  }

  /** Gives back what a storm of look-ups has taken. Ids made from the numbers let go of stay stale. */
  private trim(): void {
    const size = Math.max(64, Math.ceil(this.numbers.compact() * 1.5));
    if (size > this.generations.length >> 1) return;
    for (let node = size; node < this.generations.length; node++) this.fresh = Math.max(this.fresh, this.generations[node]!);
    this.generations = this.generations.slice(0, size);
    this.references = this.references.slice(0, size);
    this.show();
    for (const trim of this.trims) trim(size);
  }

  private show(): void {
    this.columns.set(Column.GENERATIONS, this.generations);
    this.columns.set(Column.REFERENCES, this.references);
  }

  static readonly LIMIT = 2 ** 28;
}

/** Copies a column into a larger one. */
export function grown<T extends Uint32Array | Int32Array | Float64Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** The start of a column that has become too long; the column itself when it has not. */
export function cut<T extends Uint32Array | Int32Array | Float64Array | Uint8Array>(from: T, size: number): T {
  return from.length > size ? (from.slice(0, size) as T) : from;
}
