import type { GuestMemory } from './memory.js';

/** How a request lies in its descriptors. Every split is legal (virtio 1.2, 2.7.4.2); the default is close to Linux's. */
export interface ChainLayout {
  /** Lengths of the first readable descriptors; what is left of the request goes into one more. */
  readonly readable?: readonly number[];
  /** Lengths of the first writable descriptors; what is left of the capacity goes into one more. */
  readonly writable?: readonly number[];
}

/** Linux sends `fuse_in_header`, then the rest; it receives `fuse_out_header`, then the rest. */
const LINUX: ChainLayout = { readable: [40], writable: [16] };
const DESCRIPTOR_SIZE = 16;
const NEXT = 1;
const WRITE = 2;

function split(first: readonly number[], total: number): number[] {
  const sizes: number[] = [];
  let left = total;
  for (const size of first) {
    const taken = Math.min(size, left);
    if (taken > 0) sizes.push(taken);
    left -= taken;
  }
  if (left > 0) sizes.push(left);
  return sizes;
}

/** A request and the room for its reply in guest memory: `[descriptor table][request][reply]`, one block. */
export class Chain {
  readonly #readable: number[];
  readonly #writable: number[];
  readonly #replyOffset: number;
  readonly #size: number;
  #block = -1;

  /** `capacity`: bytes for the reply, `fuse_out_header` included; 0 for a request that has none. */
  constructor(readonly request: Uint8Array, readonly capacity: number, layout: ChainLayout = LINUX) {
    this.#readable = split(layout.readable ?? [], request.length);
    this.#writable = split(layout.writable ?? [], capacity);
    this.#replyOffset = this.descriptors * DESCRIPTOR_SIZE + Math.ceil(request.length / 8) * 8;
    this.#size = this.#replyOffset + capacity;
  }

  get descriptors(): number {
    return this.#readable.length + this.#writable.length;
  }

  /** Bytes of guest memory that it takes. */
  get size(): number {
    return this.#size;
  }

  /** Copies the request into guest memory. Where its descriptor table stands, -1 when there is no memory now. */
  place(memory: GuestMemory): number {
    if (this.#block >= 0) return this.#block;
    this.#block = memory.take(this.#size);
    if (this.#block < 0) return -1;
    const requestOffset = this.#block + this.descriptors * DESCRIPTOR_SIZE;
    memory.bytes.set(this.request, requestOffset);
    this.#describe(memory, this.#readable, 0, requestOffset, 0);
    this.#describe(memory, this.#writable, this.#readable.length, this.#block + this.#replyOffset, WRITE);
    return this.#block;
  }

  /** A copy of the reply's first `length` bytes. */
  reply(memory: GuestMemory, length: number): Uint8Array {
    const start = this.#block + this.#replyOffset;
    return memory.bytes.slice(start, start + Math.min(length, this.capacity));
  }

  release(memory: GuestMemory): void {
    if (this.#block >= 0) memory.give(this.#block, this.#size);
    this.#block = -1;
  }

  #describe(memory: GuestMemory, sizes: readonly number[], first: number, start: number, write: number): void {
    let offset = start;
    sizes.forEach((size, i) => {
      const index = first + i;
      const more = index + 1 < this.descriptors;
      memory.writeDescriptor(this.#block + index * DESCRIPTOR_SIZE, offset, size, write | (more ? NEXT : 0), more ? index + 1 : 0);
      offset += size;
    });
  }
}
