import { cut, grown, type NodeTable } from '../../core/filesystem/nodes.js';
import { decodeName, encodeName, nameLength } from '../../core/protocol/names.js';
import { NAME_MAX } from '../../core/protocol/flags.js';
import { slab } from '../../native/index.js';
import { scratch } from './scratch.js';

/**
 * Where a node was last seen, directory and name, for file systems without file handles. It is only a hint: who follows
 * it compares identities.
 */
export class Locations {
  private parents = new Uint32Array(64);
  private generations = new Uint32Array(64);
  private readonly names: (string | undefined)[] = [];

  constructor(private readonly table: NodeTable) {}

  /** True when that is news. */
  set(node: number, parent: number, nameOffset: number): boolean {
    if (node >= this.parents.length) {
      const size = Math.ceil(node * 1.5) + 1;
      this.parents = grown(this.parents, new Uint32Array(size));
      this.generations = grown(this.generations, new Uint32Array(size));
    }
    const name = decodeName(slab.u8, nameOffset, nameLength(slab.u8, nameOffset));
    const generation = this.table.generations[parent]!;
    const news = this.names[node] !== name || this.parents[node] !== parent || this.generations[node] !== generation;
    this.parents[node] = parent;
    this.generations[node] = generation;
    this.names[node] = name;
    return news;
  }

  /** The directory, whose entry's name is put into the scratch place; 0 when it is not known or is gone. */
  get(node: number): number {
    const name = this.names[node];
    if (name === undefined) return 0;
    const parent = this.parents[node]!;
    if (this.generations[node] !== this.table.generations[parent]) return 0;
    const length = encodeName(name, slab.u8, scratch.name, scratch.name + NAME_MAX);
    if (length < 0) return 0;
    slab.u8[scratch.name + length] = 0;
    return parent;
  }

  /** No number from `size` on is in use. */
  trim(size: number): void {
    this.parents = cut(this.parents, size);
    this.generations = cut(this.generations, size);
    if (this.names.length > size) this.names.length = size;
  }

  clear(node: number): void {
    if (node < this.names.length) this.names[node] = undefined;
  }
}
