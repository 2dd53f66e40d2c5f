import { Column, type Columns } from '../channel/columns.js';
import { cut, grown, type NodeTable } from '../filesystem/nodes.js';
import { ROOT_NODE } from '../protocol/flags.js';

/** The look-ups one session holds: what its kernel may name, and what is to be forgotten when it ends. */
export class Lookups {
  private counts = new Float64Array(64);
  /** Nodes with a look-up, and how many there may be. */
  private readonly nodesHeld: Float64Array;

  /** `most`: nodes that may be held. */
  constructor(private readonly nodes: NodeTable, private readonly columns: Columns, most = Infinity) {
    this.nodesHeld = Float64Array.of(0, most);
    columns.set(Column.LOOKUPS, this.counts);
    columns.set(Column.HELD, this.nodesHeld);
  }

  /** Nodes with a look-up. */
  get held(): number {
    return this.nodesHeld[0]!;
  }

  /** True when the id (`node`, `generation`) names the root or a node this session was given and has not forgotten. */
  knows(node: number, generation: number): boolean {
    if (node === ROOT_NODE) return generation === 0;
    return node < this.counts.length && this.counts[node]! > 0 && this.nodes.generations[node] === generation;
  }

  /** No further node may be given out. */
  get full(): boolean {
    return this.nodesHeld[0]! >= this.nodesHeld[1]!;
  }

  /** Counts a look-up; the node's generation. */
  add(node: number): number {
    if (node === ROOT_NODE) return 0;
    this.nodes.reference(node);
    if (node >= this.counts.length) {
      this.counts = grown(this.counts, new Float64Array(Math.ceil(node * 1.5) + 1));
      this.columns.set(Column.LOOKUPS, this.counts);
    }
    if (this.counts[node]!++ === 0) this.nodesHeld[0]!++;
    return this.nodes.generations[node]!;
  }

  /** Takes back up to `count` look-ups, never more than were given; true when no session refers to the node any more. */
  forget(node: number, count: number): boolean {
    if (node >= this.counts.length) return false;
    const taken = Math.min(count, this.counts[node]!);
    if (taken === 0) return false;
    this.counts[node]! -= taken;
    if (this.counts[node] === 0) this.nodesHeld[0]!--;
    return this.nodes.dereference(node, taken);
  }

  /** Takes up look-ups that an earlier process has counted. */
  restore(node: number, count: number): void {
    this.add(node);
    this.counts[node] = count;
    this.nodes.references[node]! += count - 1;
  }

  /** No number from `size` on is in use. */
  trim(size: number): void {
    this.counts = cut(this.counts, size);
    this.columns.set(Column.LOOKUPS, this.counts);
  }

  count(node: number): number {
    return node < this.counts.length ? this.counts[node]! : 0;
  }

  forEach(visit: (node: number, count: number) => void): void {
    for (let node = 0; node < this.counts.length; node++) if (this.counts[node]! > 0) visit(node, this.counts[node]!);
  }

  /** Forgets everything, calling `gone` for each node that nobody refers to afterwards. */
  clear(gone: (node: number) => void): void {
    for (let node = 0; node < this.counts.length; node++) {
      if (this.counts[node]! > 0 && this.forget(node, Infinity)) gone(node);
    }
  }
}
