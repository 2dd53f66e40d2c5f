import { nameBytes } from '../core/protocol/names.js';

/** The fixed part of a request body, to be filled by word index; `size` in bytes. */
export const fields = (size: number): Uint32Array => new Uint32Array(size / 4);

/** A name as the wire wants it, NUL at the end. */
export function terminated(name: string): Uint8Array {
  const bytes = nameBytes(name);
  const ended = new Uint8Array(bytes.length + 1);
  ended.set(bytes);
  return ended;
}

/** A request body of these parts. */
export function join(...parts: (Uint32Array | Uint8Array)[]): Uint8Array {
  const body = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    body.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at);
    at += part.byteLength;
  }
  return body;
}

/** The whole words of a reply body, which starts at a multiple of 4 in its buffer. */
export const words = (body: Uint8Array): Uint32Array => new Uint32Array(body.buffer, body.byteOffset, body.length >>> 2);
