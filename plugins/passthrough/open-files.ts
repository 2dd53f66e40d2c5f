import { cut, grown } from '../../core/filesystem/nodes.js';

/** End of a list. */
const NONE = -1;

/**
 * Which fds are open on a node: each of them leads to its file, even when no name does. A list per node, linked by fd both
 * ways, newest first.
 */
export class OpenFiles {
  /** Newest fd of each node, plus one; 0 for none. */
  private heads = new Int32Array(64);
  /** By fd: its neighbours, and the node in whose list it is, 0 for none. */
  private next = new Int32Array(64);
  private previous = new Int32Array(64);
  private nodes = new Uint32Array(64);

  /** An open fd of the node, -1 when there is none. */
  get(node: number): number {
    return node < this.heads.length ? this.heads[node]! - 1 : NONE;
  }

  add(node: number, fd: number): void {
    if (node >= this.heads.length) this.heads = grown(this.heads, new Int32Array(Math.ceil(node * 1.5) + 1));
    if (fd >= this.next.length) this.grow(Math.ceil(fd * 1.5) + 1);
    const newest = this.get(node);
    this.next[fd] = newest;
    this.previous[fd] = NONE;
    if (newest !== NONE) this.previous[newest] = fd;
    this.nodes[fd] = node;
    this.heads[node] = fd + 1;
  }

  /** The fd is about to be closed. */
  remove(node: number, fd: number): void {
    if (fd >= this.nodes.length || this.nodes[fd] !== node) return;
    const next = this.next[fd]!;
    const previous = this.previous[fd]!;
    if (next !== NONE) this.previous[next] = previous;
    if (previous === NONE) this.heads[node] = next + 1;
    else this.next[previous] = next;
    this.nodes[fd] = 0;
  }

  /** No number from `size` on is in use. */
  trim(size: number): void {
    this.heads = cut(this.heads, size);
  }

  /** The node is gone, though fds may stay open. */
  clear(node: number): void {
    for (let fd = this.get(node); fd !== NONE; fd = this.next[fd]!) this.nodes[fd] = 0;
    if (node < this.heads.length) this.heads[node] = 0;
  }

  private grow(size: number): void {
    this.next = grown(this.next, new Int32Array(size));
    this.previous = grown(this.previous, new Int32Array(size));
    this.nodes = grown(this.nodes, new Uint32Array(size));
  }
}
