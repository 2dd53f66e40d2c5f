import { native } from './index.js';

/** A file, or a part of its address space that is yet to be filled, mapped shared: what is stored there outlives this process. */
export class MappedFile {
  readonly buffer: ArrayBuffer;
  private readonly id: number;

  /** Maps `size` bytes of `fd`, below 4 GiB; the descriptor stays the caller's. To touch what the file has no room for is SIGBUS. */
  constructor(fd: number, size: number) {
    this.id = native.driverMemoryOpen(fd, size, 0);
    if (this.id < 0) throw new Error(`The file cannot be mapped: errno ${-this.id}.`);
    this.buffer = native.driverMemoryBuffer(this.id);
  }

  /** Detaches `buffer`: views of it then have length 0. */
  close(): void {
    native.driverMemoryClose(this.id, this.buffer);
  }
}
