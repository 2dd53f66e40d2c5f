const WORD = 0x1_0000_0000;

/** Stores an integer of magnitude up to 2^53 as two little-endian words, two's complement. */
export function putU64(u32: Uint32Array, at: number, value: number): void {
  u32[at] = value;
  u32[at + 1] = value >= 0 && value < WORD ? 0 : Math.floor(value / WORD);
}

/** Loads an unsigned 64-bit integer; above 2^53 the low bits are lost, so callers bound it first. */
export function getU64(u32: Uint32Array, at: number): number {
  const high = u32[at + 1]!;
  return high === 0 ? u32[at]! : u32[at]! + high * WORD;
}

/** Loads a signed 64-bit integer, exact for magnitudes up to 2^53. */
export function getI64(u32: Uint32Array, at: number): number {
  return u32[at]! + (u32[at + 1]! | 0) * WORD;
}

/** Loads a 32-bit integer that need not be aligned. */
export function getU32(u8: Uint8Array, at: number): number {
  return (u8[at]! | (u8[at + 1]! << 8) | (u8[at + 2]! << 16) | (u8[at + 3]! << 24)) >>> 0;
}
