import { errnoName } from '../../core/filesystem/errno.js';
import { GuestMemory } from '../../native/guest-memory.js';
import { MAX_MEMORY_SLOTS, type MemoryRegion } from './protocol/index.js';
import { Refusal } from './refusal.js';

/** The memory of one guest, region by region, as its front-end announces it. */
export class MemoryTable {
  readonly memory = new GuestMemory();
  private slots = 0;

  /** SET_MEM_TABLE: these regions, one descriptor each, take the place of all others. */
  replace(regions: readonly MemoryRegion[], fds: readonly number[]): Refusal | undefined {
    if (fds.length < regions.length) return new Refusal(`${regions.length} memory regions with ${fds.length} descriptors`);
    this.memory.clear();
    this.slots = 0;
    for (const [index, region] of regions.entries()) {
      const refusal = this.add(region, fds[index]);
      if (refusal) return refusal;
    }
    return undefined;
  }

  /** ADD_MEM_REG. The descriptor is only looked at. */
  add(region: MemoryRegion, fd: number | undefined): Refusal | undefined {
    if (fd === undefined) return new Refusal('memory region without a descriptor');
    if (this.slots === MAX_MEMORY_SLOTS) return new Refusal(`more than ${MAX_MEMORY_SLOTS} memory regions`);
    const result = this.memory.add(fd, region.guestAddress, region.size, region.userAddress, region.offset);
    if (result < 0) return new Refusal(`memory region at ${region.guestAddress}, ${region.size} bytes: ${errnoName(result)}`);
    this.slots++;
    return undefined;
  }

  /** REM_MEM_REG. */
  remove(region: MemoryRegion): Refusal | undefined {
    const result = this.memory.remove(region.guestAddress, region.size, region.userAddress);
    if (result < 0) return new Refusal(`memory region at ${region.guestAddress}: ${errnoName(result)}`);
    this.slots--;
    return undefined;
  }

  close(): void {
    this.memory.close();
  }
}
