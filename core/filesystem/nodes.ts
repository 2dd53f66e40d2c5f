import { Column, Columns } from '../channel/columns.js';
import { ROOT_NODE } from '../protocol/flags.js';

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
  private readonly free: number[] = [];
  private next = ROOT_NODE + 1;
  /** Nodes that some session refers to. */
  live = 0;
  /** By which channels answer plain requests; a plugin whose nodes are files of the host adds its own (`Column`). */
  readonly columns = new Columns();

  constructor() {
    this.show();
  }

  /** A node number that is not in use. */
  allocate(): number {
    const node = this.free.pop() ?? this.next++;
    this.reserve(node);
    return node;
  }

  /** Gives a number back; ids made from it before are stale from now on. */
  release(node: number): void {
    this.generations[node]!++;
    this.free.push(node);
  }

  /** Counts one look-up of `node`. */
  reference(node: number): void {
    this.reserve(node);
    if (this.references[node]!++ === 0) this.live++;
  }

  /** Takes `count` look-ups back; true when none is left. */
  dereference(node: number, count: number): boolean {
    const left = this.references[node]! - count;
    this.references[node] = Math.max(left, 0);
    if (left > 0) return false;
    this.live--;
    return true;
  }

  /**
   * Takes numbers that an earlier process gave out, with their generations. To be called before any number is allocated,
   * for each session that is restored.
   */
  restore(restored: ReadonlyMap<number, number>): void {
    let fresh = 0;
    for (const [node, generation] of restored) {
      this.reserve(node);
      this.next = Math.max(this.next, node + 1);
      this.generations[node] = generation;
      fresh = Math.max(fresh, generation + 1);
      this.restored.add(node);
    }
    this.free.length = 0;
    for (let node = this.next - 1; node > ROOT_NODE; node--) {
      if (this.restored.has(node)) continue;
      this.generations[node] = Math.max(this.generations[node]!, fresh);
      this.free.push(node);
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
    if (node >= this.next) this.next = node + 1;
    const size = Math.max(node + 1, Math.ceil(this.generations.length * 1.5));
    this.generations = grown(this.generations, new Uint32Array(size));
    this.references = grown(this.references, new Float64Array(size));
    this.show();
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
