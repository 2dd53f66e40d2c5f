import { DriverMemory } from '../native/driver-queue.js';
import { native } from '../native/index.js';
import type { MemoryRegion } from '../transports/virtiofs/protocol/index.js';
import { check } from './errors.js';
import { Extents } from './extents.js';

/** Where the guest sees its memory. Neither address is 0 or the other, so that a device which mixes them up is found out. */
const GUEST_ADDRESS = 2 ** 32;
const USER_ADDRESS = 2 ** 40;
/** Bytes; a cache line, and enough for every part of a ring. */
const ALIGNMENT = 64;

/** The guest's memory: one region in a memfd, shared with the device, mapped once and handed out in blocks. */
export class GuestMemory {
  readonly fd: number;
  readonly native: DriverMemory;
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  readonly #extents: Extents;
  readonly #freed = new Set<() => void>();

  /** `size` in bytes, a multiple of the page size below 4 GiB. Pages are taken from the host as they are touched. */
  constructor(readonly size: number) {
    this.fd = check(native.memfdCreate('fusewire-driver', size), 'memfd_create');
    this.native = new DriverMemory(this.fd, size, GUEST_ADDRESS);
    this.bytes = new Uint8Array(this.native.buffer);
    this.words = new Uint32Array(this.native.buffer);
    this.#extents = new Extents(0, size);
  }

  get region(): MemoryRegion {
    return { guestAddress: GUEST_ADDRESS, size: this.size, userAddress: USER_ADDRESS, offset: 0 };
  }

  /** The address by which the front-end names a ring's part at `offset`. */
  userAddress(offset: number): number {
    return USER_ADDRESS + offset;
  }

  /** Where a block of at least `size` bytes begins, in bytes and aligned to 64; -1 when there is none now. */
  take(size: number): number {
    return this.#extents.take(blockSize(size));
  }

  give(offset: number, size: number): void {
    this.#extents.give(offset, blockSize(size));
  }

  /** Calls `listener` after blocks were given back. */
  onFreed(listener: () => void): void {
    this.#freed.add(listener);
  }

  /** Tells those who wait for blocks that it is worth another try. */
  announceFreed(): void {
    for (const listener of this.#freed) listener();
  }

  /** Writes a descriptor (virtio 1.2, 2.7.5) at `at`; `flags` and `next` as in the ring. */
  writeDescriptor(at: number, offset: number, length: number, flags: number, next: number): void {
    const word = at >>> 2;
    this.words[word] = offset;
    this.words[word + 1] = GUEST_ADDRESS / 2 ** 32;
    this.words[word + 2] = length;
    this.words[word + 3] = flags | (next << 16);
  }

  close(): void {
    this.#freed.clear();
    this.native.close();
    native.closeFd(this.fd);
  }
}

const blockSize = (size: number): number => Math.ceil(size / ALIGNMENT) * ALIGNMENT;
