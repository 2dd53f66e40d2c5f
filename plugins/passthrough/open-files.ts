import { cut, grown } from '../../core/filesystem/nodes.js';

/** End of a list. */
const NONE = -1;

/**
 * Which fds are open on a node: one of them leads to its file even when no name does. A list per node, linked by fd,
 * newest first; for file systems without file handles only.
 */
export class OpenFiles {
  /** Newest fd of each node, plus one; 0 for none. */
  private heads = new Int32Array(64);
  private next = new Int32Array(64);

  /** An open fd of the node, -1 when there is none. */
  get(node: number): number {
    return node < this.heads.length ? this.heads[node]! - 1 : NONE;
  }

  add(node: number, fd: number): void {
    if (node >= this.heads.length) this.heads = grown(this.heads, new Int32Array(Math.ceil(node * 1.5) + 1));
    if (fd >= this.next.length) this.next = grown(this.next, new Int32Array(Math.ceil(fd * 1.5) + 1));
    this.next[fd] = this.get(node);
    this.heads[node] = fd + 1;
  }

  /** The fd is about to be closed. */
  remove(node: number, fd: number): void {
    let before = NONE;
    for (let at = this.get(node); at !== NONE; before = at, at = this.next[at]!) {
      if (at !== fd) continue;
      if (before === NONE) this.heads[node] = this.next[fd]! + 1;
      else this.next[before] = this.next[fd]!;
      return;
    }
  }

  /** No number from `size` on is in use. */
  trim(size: number): void {
    this.heads = cut(this.heads, size);
  }

  /** The node is gone, though fds may stay open. */
  clear(node: number): void {
    if (node < this.heads.length) this.heads[node] = 0;
  }
}
