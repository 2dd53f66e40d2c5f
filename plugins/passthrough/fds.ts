import { Column, Columns } from '../../core/channel/columns.js';
import { cut, grown } from '../../core/filesystem/nodes.js';
import { descriptors } from '../../core/limits/descriptors.js';
import { native } from '../../native/index.js';

/** End of a list of places. */
const NONE = -1;
/** A pool may grow to this size whatever others hold. */
const LEAST = 64;
/** Fds of the pool that one handler uses at the same time, at most. */
const IN_USE = 4;

/**
 * The O_PATH fds of recently used nodes, at most `limit`: least recently used ones are closed for new ones. A pinned one
 * stays until its node is forgotten, because nothing else leads to that file any more.
 *
 * An fd got here is good until `put` has been called `limit / 2` times more: a handler never holds on to that many.
 */
export class Fds {
  private readonly nodes: Int32Array;
  private readonly fds: Int32Array;
  private readonly previous: Int32Array;
  private readonly next: Int32Array;
  private readonly pinnedPlaces: Uint8Array;
  private readonly free: number[] = [];
  /** Place of each node's fd, plus one; 0 for none. */
  private places = new Uint32Array(64);
  /** Each node's fd, for native code; -1 for none. */
  private shown = new Int32Array(64).fill(-1);
  private newest = NONE;
  private oldest = NONE;
  private used = 0;
  private pinned = 0;

  constructor(readonly limit: number, private readonly columns = new Columns()) {
    columns.set(Column.NODE_FDS, this.shown);
    this.nodes = new Int32Array(limit);
    this.fds = new Int32Array(limit);
    this.previous = new Int32Array(limit);
    this.next = new Int32Array(limit);
    this.pinnedPlaces = new Uint8Array(limit);
  }

  /** The number of fds held. */
  get size(): number {
    return this.used - this.free.length;
  }

  /** The fd of `node`, -1 when it has none here. */
  get(node: number): number {
    const place = this.place(node);
    if (place === NONE) return -1;
    if (place !== this.newest && this.pinnedPlaces[place] === 0) {
      this.unlink(place);
      this.link(place);
    }
    return this.fds[place]!;
  }

  /** Takes over `fd` as that of `node`, which has none. */
  put(node: number, fd: number): void {
    this.reserve(node);
    if (this.size >= (descriptors.full ? Math.min(this.limit, LEAST) : this.limit)) this.dropOldest();
    descriptors.pooled++;
    const place = this.free.pop() ?? this.used++;
    this.nodes[place] = node;
    this.fds[place] = fd;
    this.pinnedPlaces[place] = 0;
    this.places[node] = place + 1;
    this.shown[node] = fd;
    this.link(place);
  }

  /** Lets native code answer by `fd`, which is not of the pool, where that has none. */
  show(node: number, fd: number): void {
    this.reserve(node);
    if (this.place(node) === NONE) this.shown[node] = fd;
  }
  /** `fd`, not of the pool, is about to be closed; native code may go on with `other`, or -1. */
  hide(node: number, fd: number, other: number): void {
    if (node < this.shown.length && this.shown[node] === fd) this.shown[node] = other;
  }

  /** Keeps the fd of `node` until `drop`, as long as not half of the pool is pinned. */
  pin(node: number): void {
    const place = this.place(node);
    if (place === NONE || this.pinnedPlaces[place] !== 0 || this.pinned >= this.limit >> 1) return;
    this.unlink(place);
    this.pinnedPlaces[place] = 1;
    this.pinned++;
  }

  unpin(node: number): void {
    const place = this.place(node);
    if (place === NONE || this.pinnedPlaces[place] === 0) return;
    this.pinnedPlaces[place] = 0;
    this.pinned--;
    this.link(place);
  }

  /** Closes the fd of `node`, if it has one. */
  drop(node: number): void {
    const place = this.place(node);
    if (place === NONE) return;
    if (this.pinnedPlaces[place] === 0) this.unlink(place);
    else this.pinned--;
    this.places[node] = 0;
    this.shown[node] = -1;
    this.free.push(place);
    descriptors.pooled--;
    native.close(this.fds[place]!);
  }

  /** Closes one when a handle has taken what pools may have. */
  makeRoom(): void {
    if (descriptors.full && this.size > Math.min(this.limit, LEAST)) this.dropOldest();
  }

  private dropOldest(): void {
    if (this.oldest !== NONE) this.drop(this.nodes[this.oldest]!);
  }

  /**
   * Closes the older half of what is not pinned, but none that a handler may be using: the process has run out of fds. False
   * when there was nothing to close.
   */
  shrink(): boolean {
    const idle = this.size - this.pinned;
    const count = Math.min(Math.ceil(idle / 2), idle - IN_USE);
    for (let i = 0; i < count; i++) this.dropOldest();
    return count > 0;
  }

  /** No number from `size` on is in use. */
  trim(size: number): void {
    this.places = cut(this.places, size);
    this.shown = cut(this.shown, size);
    this.columns.set(Column.NODE_FDS, this.shown);
  }

  close(): void {
    for (let node = 0; node < this.places.length; node++) this.drop(node);
  }

  private reserve(node: number): void {
    if (node < this.places.length) return;
    const size = Math.ceil(node * 1.5) + 1;
    this.places = grown(this.places, new Uint32Array(size));
    this.shown = grown(this.shown, new Int32Array(size).fill(-1));
    this.columns.set(Column.NODE_FDS, this.shown);
  }

  private place(node: number): number {
    return node < this.places.length ? this.places[node]! - 1 : NONE;
  }

  private link(place: number): void {
    this.previous[place] = NONE;
    this.next[place] = this.newest;
    if (this.newest === NONE) this.oldest = place;
    else this.previous[this.newest] = place;
    this.newest = place;
  }

  private unlink(place: number): void {
    const previous = this.previous[place]!;
    const next = this.next[place]!;
    if (previous === NONE) this.newest = next;
    else this.next[previous] = next;
    if (next === NONE) this.oldest = previous;
    else this.previous[next] = previous;
  }
}
