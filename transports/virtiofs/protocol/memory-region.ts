import { readNumber, viewOf, writeNumber } from './bytes.js';
import { MAX_TABLE_REGIONS } from './limits.js';
import { Malformed } from './malformed.js';

/**
 * A stretch of guest memory in a shared file (vhost-user spec, "Memory region description"). Rings are named by user
 * addresses of the front-end, what their descriptors point to by guest-physical addresses. No end lies beyond 2^53-1.
 */
export interface MemoryRegion {
  readonly guestAddress: number;
  /** Bytes, never 0. */
  readonly size: number;
  readonly userAddress: number;
  /** Where in the file the region starts. */
  readonly offset: number;
}

const REGION_SIZE = 32;
/** Both messages have 8 bytes before the first region: a count and padding, or only padding. */
const PREFIX_SIZE = 8;

function readRegion(view: DataView, at: number): MemoryRegion | Malformed {
  const region = {
    guestAddress: readNumber(view, at),
    size: readNumber(view, at + 8),
    userAddress: readNumber(view, at + 16),
    offset: readNumber(view, at + 24),
  };
  if (region.size === 0) return new Malformed('memory region of 0 bytes');
  const ends = [region.guestAddress, region.userAddress, region.offset].map((start) => start + region.size);
  return ends.every(Number.isSafeInteger) ? region : new Malformed('memory region beyond 2^53');
}

function writeRegion(view: DataView, at: number, region: MemoryRegion): void {
  writeNumber(view, at, region.guestAddress);
  writeNumber(view, at + 8, region.size);
  writeNumber(view, at + 16, region.userAddress);
  writeNumber(view, at + 24, region.offset);
}

/** SET_MEM_TABLE: every region there is, one descriptor each, in the same order. Room for further regions is ignored. */
export function decodeMemoryTable(payload: Uint8Array): MemoryRegion[] | Malformed {
  const prefix = viewOf(payload, PREFIX_SIZE);
  if (prefix instanceof Malformed) return prefix;
  const count = prefix.getUint32(0, true);
  if (count > MAX_TABLE_REGIONS) return new Malformed(`table of ${count} memory regions`);
  const view = viewOf(payload, PREFIX_SIZE + count * REGION_SIZE);
  if (view instanceof Malformed) return view;
  const regions: MemoryRegion[] = [];
  for (let i = 0; i < count; i++) {
    const region = readRegion(view, PREFIX_SIZE + i * REGION_SIZE);
    if (region instanceof Malformed) return region;
    regions.push(region);
  }
  return regions;
}

export function encodeMemoryTable(regions: readonly MemoryRegion[]): Uint8Array {
  const payload = new Uint8Array(PREFIX_SIZE + regions.length * REGION_SIZE);
  const view = new DataView(payload.buffer);
  view.setUint32(0, regions.length, true);
  regions.forEach((region, i) => writeRegion(view, PREFIX_SIZE + i * REGION_SIZE, region));
  return payload;
}

/** ADD_MEM_REG and REM_MEM_REG: one region. */
export function decodeMemoryRegion(payload: Uint8Array): MemoryRegion | Malformed {
  const view = viewOf(payload, PREFIX_SIZE + REGION_SIZE);
  return view instanceof Malformed ? view : readRegion(view, PREFIX_SIZE);
}

export function encodeMemoryRegion(region: MemoryRegion): Uint8Array {
  const payload = new Uint8Array(PREFIX_SIZE + REGION_SIZE);
  writeRegion(new DataView(payload.buffer), PREFIX_SIZE, region);
  return payload;
}
