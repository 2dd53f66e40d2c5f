import { HOLE, ZEROED } from './page.js';
import type { PageStore } from './page-store.js';

const FANOUT = 512;

/** Page numbers; what is missing at the end is holes. The last one is never a hole. */
type Leaf = number[];
/** Subtrees of the same height; what is missing or undefined is holes. */
type Branch = (Branch | Leaf | undefined)[];

const nothing: Leaf = [];

/**
 * The pages of a file: a radix tree from the index of a page in the file to its number, HOLE, RESERVED or ZEROED. At height 0
 * there is one leaf; a tree of height h holds FANOUT ** (h + 1) pages.
 */
export class PageTree {
  private root: Branch | Leaf = [];
  private height = 0;
  /** The leaf last used, and the index of its first page. */
  private leaf: Leaf = nothing;
  private base = -FANOUT;

  get(index: number): number {
    if (!this.holds(index) && !this.find(index)) return HOLE;
    const at = index - this.base;
    return at < this.leaf.length ? this.leaf[at]! : HOLE;
  }

  /** Puts a page number, RESERVED or ZEROED at `index`. */
  set(index: number, page: number): void {
    if (!this.holds(index) && !this.find(index)) this.plant(index);
    const { leaf } = this;
    const at = index - this.base;
    while (leaf.length < at) leaf.push(HOLE);
    leaf[at] = page;
  }

  /** What is no hole, in ascending order. */
  entries(): Generator<{ readonly index: number; readonly page: number }> {
    return walk(this.root, this.height, 0);
  }

  /** Index of the first page of data, or with `hole` of the first other one, from `from` on; Infinity when there is none. */
  next(from: number, hole: boolean): number {
    const capacity = FANOUT ** (this.height + 1);
    const found = from < capacity ? seek(this.root, this.height, 0, from, hole) : Infinity;
    return hole && found === Infinity ? Math.max(from, capacity) : found;
  }

  /** Makes holes of the pages from `from` to before `to`; the number of pages, those without a number included, that were there. */
  clear(from: number, to: number, store: PageStore): number {
    const cleared = from < to ? prune(this.root, this.height, 0, from, to, store) : 0;
    if (this.root.length === 0) this.height = 0;
    this.base = -FANOUT;
    return cleared;
  }

  private holds(index: number): boolean {
    return index >= this.base && index < this.base + FANOUT;
  }

  /** Makes the leaf of `index` the one last used; false when there is none. */
  private find(index: number): boolean {
    if (index >= FANOUT ** (this.height + 1)) return false;
    let node: Branch | Leaf | undefined = this.root;
    for (let height = this.height; height > 0; height--) {
      node = (node as Branch)[child(index, height)];
      if (node === undefined) return false;
    }
    this.use(node as Leaf, index);
    return true;
  }

  /** Makes the leaf of `index`, and the tree as high as that takes. */
  private plant(index: number): void {
    while (index >= FANOUT ** (this.height + 1)) {
      this.root = this.root.length === 0 ? [] : [this.root];
      this.height++;
    }
    let node = this.root;
    for (let height = this.height; height > 0; height--) {
      const branch = node as Branch;
      const at = child(index, height);
      while (branch.length <= at) branch.push(undefined);
      node = branch[at] ??= [];
    }
    this.use(node as Leaf, index);
  }

  private use(leaf: Leaf, index: number): void {
    this.leaf = leaf;
    this.base = index - (index % FANOUT);
  }
}

/** Which child of a branch of that height leads to `index`. */
function child(index: number, height: number): number {
  return Math.floor(index / FANOUT ** height) % FANOUT;
}

function seek(node: Branch | Leaf, height: number, base: number, from: number, hole: boolean): number {
  const span = FANOUT ** height;
  for (let i = Math.max(0, Math.floor((from - base) / span)); i < FANOUT; i++) {
    const at = base + i * span;
    if (i >= node.length) return hole ? Math.max(from, at) : Infinity;
    const below = node[i];
    if (typeof below === 'number') {
      if ((below > HOLE || below === ZEROED) !== hole) return at;
    } else if (below === undefined) {
      if (hole) return Math.max(from, at);
    } else {
      const found = seek(below, height - 1, at, from, hole);
      if (found !== Infinity) return found;
    }
  }
  return Infinity;
}

function* walk(node: Branch | Leaf, height: number, base: number): Generator<{ readonly index: number; readonly page: number }> {
  const span = FANOUT ** height;
  for (let i = 0; i < node.length; i++) {
    const below = node[i];
    if (typeof below !== 'number') {
      if (below !== undefined) yield* walk(below, height - 1, base + i * span);
    } else if (below !== HOLE) yield { index: base + i, page: below };
  }
}

function prune(node: Branch | Leaf, height: number, base: number, from: number, to: number, store: PageStore): number {
  const span = FANOUT ** height;
  const end = Math.min(node.length, Math.ceil((to - base) / span));
  let cleared = 0;
  for (let i = Math.max(0, Math.floor((from - base) / span)); i < end; i++) {
    const below = node[i];
    if (typeof below === 'number') {
      if (below !== HOLE) cleared++;
      if (below > HOLE) store.release(below);
      node[i] = HOLE;
    } else if (below !== undefined) {
      cleared += prune(below, height - 1, base + i * span, from, to, store);
      if (below.length === 0) node[i] = undefined;
    }
  }
  while (node.length > 0 && !node.at(-1)) node.pop();
  return cleared;
}
