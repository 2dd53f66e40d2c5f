import { PAYLOAD_SIZE } from '../core/channel/slot.js';
import { slab } from './index.js';

const PAGE = 4096;

interface Block {
  offset: number;
  size: number;
}

/** Free blocks by offset, never two adjoining. The first page is never handed out: offset 0 means none. */
const free: Block[] = [{ offset: PAGE, size: slab.buffer.byteLength - PAGE }];
const payloads: number[] = [];

const pages = (size: number): number => Math.ceil(size / PAGE) * PAGE;

/** Takes `size` bytes, page-aligned, from the slab: their offset. Throws when the slab has no such stretch left. */
export function allocate(size: number): number {
  const wanted = pages(size);
  const index = free.findIndex((block) => block.size >= wanted);
  if (index < 0) throw new Error(`The slab of ${slab.buffer.byteLength} bytes has no ${wanted} bytes left: too many channels or requests at once.`);
  const block = free[index];
  const { offset } = block;
  block.offset += wanted;
  block.size -= wanted;
  if (block.size === 0) free.splice(index, 1);
  return offset;
}

/** Gives back what `allocate(size)` returned. */
export function release(offset: number, size: number): void {
  const block = { offset, size: pages(size) };
  const next = free.findIndex((other) => other.offset > offset);
  const index = next < 0 ? free.length : next;
  free.splice(index, 0, block);
  join(index);
  if (index > 0) join(index - 1);
}

function join(index: number): void {
  const block = free[index];
  const next = free[index + 1];
  if (next && block.offset + block.size === next.offset) {
    block.size += next.size;
    free.splice(index + 1, 1);
  }
}

/** Takes a payload buffer, PAYLOAD_SIZE bytes, the one given back last: its offset. Throws as `allocate` does. */
export function takePayload(): number {
  return payloads.pop() ?? allocate(PAYLOAD_SIZE);
}

/** Gives back a payload buffer. */
export function givePayload(offset: number): void {
  payloads.push(offset);
}
