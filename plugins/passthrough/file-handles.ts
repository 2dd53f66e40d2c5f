import { cut } from '../../core/filesystem/nodes.js';
import { slab } from '../../native/index.js';
import { HANDLE_SIZE } from '../../native/syscalls.js';

/**
 * A `struct file_handle` per node, as many words wide as the widest seen (4 on ext4, 5 on tmpfs, 12 on btrfs): u32
 * length in bytes, s32 type, the bytes. A node without one has length 0.
 */
export class FileHandles {
  private stride = 4;
  private words = new Uint32Array(64 * this.stride);

  has(node: number): boolean {
    const at = node * this.stride;
    return at < this.words.length && this.words[at] !== 0;
  }

  /** Keeps the handle that stands in the slab at byte offset `from`; its unused bytes are zeroed. */
  put(node: number, from: number): void {
    const bytes = 8 + slab.u32[from >> 2]!;
    if (bytes > HANDLE_SIZE) return;
    const length = (bytes + 3) >> 2;
    if (length > this.stride) this.widen(length);
    const at = node * this.stride;
    if (at + this.stride > this.words.length) this.grow(at + this.stride);
    for (let end = from + bytes; end < from + length * 4; end++) slab.u8[end] = 0;
    for (let i = 0; i < length; i++) this.words[at + i] = slab.u32[(from >> 2) + i]!;
  }

  /** Copies the handle of `node` into the slab. */
  get(node: number, to: number): void {
    const at = node * this.stride;
    for (let i = 0; i < this.stride; i++) slab.u32[(to >> 2) + i] = this.words[at + i]!;
  }

  /** Copies the handle of `node`; the number of words. */
  save(node: number, words: Uint32Array, to: number): number {
    const at = node * this.stride;
    const length = (8 + this.words[at]! + 3) >> 2;
    words.set(this.words.subarray(at, at + length), to);
    return length;
  }

  /** True when the handle in the slab is that of `node`. */
  matches(node: number, from: number): boolean {
    const at = node * this.stride;
    const bytes = slab.u32[from >> 2]!;
    if (bytes !== this.words[at]) return false;
    for (let end = from + 8 + bytes; end < from + ((8 + bytes + 3) & ~3); end++) slab.u8[end] = 0;
    for (let i = 1; i < (8 + bytes + 3) >> 2; i++) if (slab.u32[(from >> 2) + i] !== this.words[at + i]) return false;
    return true;
  }

  clear(node: number): void {
    const at = node * this.stride;
    if (at < this.words.length) this.words[at] = 0;
  }

  /** No number from `size` on is in use. */
  trim(size: number): void {
    this.words = cut(this.words, size * this.stride);
  }

  private grow(least: number): void {
    const words = new Uint32Array(Math.max(least, Math.ceil(this.words.length / this.stride * 1.5) * this.stride));
    words.set(this.words);
    this.words = words;
  }

  private widen(stride: number): void {
    const nodes = this.words.length / this.stride;
    const words = new Uint32Array(nodes * stride);
    for (let i = 0; i < nodes; i++) words.set(this.words.subarray(i * this.stride, (i + 1) * this.stride), i * stride);
    this.words = words;
    this.stride = stride;
  }
}
