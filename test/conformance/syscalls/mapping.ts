import type { Mapping } from '../posix.js';
import { address, call, data } from './syscall.js';
import { iovec } from './structs.js';

const MS_SYNC = 4;

/**
 * Touches mapped memory through process_vm_readv(2) of this very process: as a load or store would, with the same page
 * faults, except that what would be a signal is EFAULT.
 */
export class MappedFile implements Mapping {
  constructor(
    readonly address: number,
    private readonly length: number,
  ) {}

  async read(at: number, length: number): Promise<Uint8Array> {
    const bytes = Buffer.alloc(length);
    this.move('process_vm_readv', bytes, at);
    return bytes;
  }
  async write(at: number, value: string | Uint8Array): Promise<void> {
    this.move('process_vm_writev', data(value), at);
  }
  private move(name: string, bytes: Uint8Array, at: number): void {
    call(name, process.pid, iovec(address(bytes), bytes.length), 1, iovec(this.address + at, bytes.length), 1, 0);
  }
  async sync(): Promise<void> {
    call('msync', this.address, this.length, MS_SYNC);
  }
  async unmap(): Promise<void> {
    call('munmap', this.address, this.length);
  }
}
