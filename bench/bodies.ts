/** A struct with 32-bit words at byte offsets. */
export function struct(size: number, words: Record<number, number>): Uint8Array {
  const view = new DataView(new ArrayBuffer(size));
  for (const [offset, value] of Object.entries(words)) view.setUint32(Number(offset), value, true);
  return new Uint8Array(view.buffer);
}

/** A name as the wire wants it. */
export const name = (text: string): Uint8Array => new TextEncoder().encode(`${text}\0`);

export const followed = (body: Uint8Array, rest: Uint8Array): Uint8Array => new Uint8Array(Buffer.concat([body, rest]));
