import { Malformed } from './malformed.js';

/** A view of the payload's first `size` bytes. Longer payloads are legal: some front-ends send a whole C union. */
export function viewOf(payload: Uint8Array, size: number): DataView | Malformed {
  if (payload.length < size) return new Malformed(`payload of ${payload.length} bytes, ${size} needed`);
  return new DataView(payload.buffer, payload.byteOffset, payload.length);
}

/** A u64 as a number, NaN beyond 2^53-1. */
export function readNumber(view: DataView, at: number): number {
  const value = view.getUint32(at, true) + view.getUint32(at + 4, true) * 0x1_0000_0000;
  return Number.isSafeInteger(value) ? value : Number.NaN;
}

/** `value` is a whole number from 0 to 2^53-1. */
export function writeNumber(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % 0x1_0000_0000, true);
  view.setUint32(at + 4, Math.floor(value / 0x1_0000_0000), true);
}
