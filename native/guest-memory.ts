import { native } from './index.js';

/** What native/src/guest_memory_binding.cc exports. Results are 0 or a negative errno. */
export interface GuestMemoryFunctions {
  memoryCreate(): number;
  memoryAdd(memory: number, fd: number, guest: number, size: number, user: number, offset: number): number;
  memoryRemove(memory: number, guest: number, size: number, user: number): number;
  memoryClear(memory: number): void;
  /** Keeps a dirty log in `size` bytes of the file from `offset` on. */
  memorySetLog(memory: number, fd: number, offset: number, size: number): number;
  memoryEnableLog(memory: number, enabled: number): void;
  memoryClose(memory: number): void;
}

/**
 * The memory of a guest, mapped from its front-end's files. Queues go on with the memory they know until they are
 * remapped; what requests in flight point into stays mapped until they are finished.
 */
export class GuestMemory {
  /** @internal */
  readonly id = native.memoryCreate();

  /**
   * Maps `size` bytes of the file from `offset` on, which the guest sees at `guest`, the front-end at `user`. The
   * descriptor stays the caller's. -EFBIG: beyond the file's end; -EEXIST: overlaps another region.
   */
  add(fd: number, guest: number, size: number, user: number, offset: number): number {
    return native.memoryAdd(this.id, fd, guest, size, user, offset);
  }

  /** Takes away the region with exactly these addresses; -ENOENT when there is none. */
  remove(guest: number, size: number, user: number): number {
    return native.memoryRemove(this.id, guest, size, user);
  }

  clear(): void {
    native.memoryClear(this.id);
  }

  /** Keeps the bitmap of pages that are written to in a file, the descriptor of which stays the caller's; 0 or a negative errno. */
  setLog(fd: number, offset: number, size: number): number {
    return native.memorySetLog(this.id, fd, offset, size);
  }

  /** Whether anything is marked there. */
  enableLog(enabled: boolean): void {
    native.memoryEnableLog(this.id, enabled ? 1 : 0);
  }

  close(): void {
    native.memoryClose(this.id);
  }
}
