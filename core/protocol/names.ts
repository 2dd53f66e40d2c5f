/**
 * Names are bytes on the wire and strings in TypeScript. Valid UTF-8 decodes as usual; each byte that is not part of it
 * becomes the lone surrogate U+DC00 + byte, and back, so that every name survives unchanged (as Python's surrogateescape).
 */

const SHORT = 32;
/** Places for ASCII names decoded lately: a power of two. */
const RECENT = 1024;
const recent = Array.from({ length: RECENT }, () => '');

/** Bytes of the NUL-terminated name at `at`. Names are short: a loop is done before a call into the runtime has begun. */
export function nameLength(bytes: Uint8Array, at: number): number {
  let end = at;
  while (bytes[end]) end++;
  return end - at;
}

export function copyName(bytes: Uint8Array, to: number, from: number, length: number): void {
  for (let i = 0; i < length; i++) bytes[to + i] = bytes[from + i]!;
}

/** Puts NULs behind a name up to the next multiple of 8, as a record of a listing has it. */
export function padName(bytes: Uint8Array, at: number, length: number): void {
  for (let i = length; (i & 7) !== 0; i++) bytes[at + i] = 0;
}

/** Decodes `bytes[at, at + length)`. A short ASCII name that was decoded lately is the same string again, without an allocation. */
export function decodeName(bytes: Uint8Array, at: number, length: number): string {
  if (length > SHORT) return decodeLong(bytes, at, length);
  let hash = length;
  for (let i = at; i < at + length; i++) {
    const byte = bytes[i]!;
    if (byte >= 0x80) return decodeBytes(bytes, at, at + length);
    hash = Math.imul(hash ^ byte, 0x0100_0193);
  }
  const place = (hash ^ (hash >>> 15)) & (RECENT - 1);
  const known = recent[place]!;
  return known.length === length && isAt(known, bytes, at) ? known : (recent[place] = decodeShort(bytes, at, length));
}

function isAt(text: string, bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== bytes[at + i]) return false;
  return true;
}

function decodeShort(bytes: Uint8Array, at: number, length: number): string {
  let text = '';
  for (let i = at; i < at + length; i++) text += String.fromCharCode(bytes[i]!);
  return text;
}

function decodeLong(bytes: Uint8Array, at: number, length: number): string {
  for (let i = at; i < at + length; i++) if (bytes[i]! >= 0x80) return decodeBytes(bytes, at, at + length);
  return Buffer.from(bytes.buffer, bytes.byteOffset + at, length).toString('latin1');
}

function decodeBytes(bytes: Uint8Array, at: number, end: number): string {
  let text = '';
  while (at < end) {
    const size = sequence(bytes, at, end);
    if (size === 0) text += String.fromCharCode(0xdc00 + bytes[at++]!);
    else {
      text += String.fromCodePoint(codePoint(bytes, at, size));
      at += size;
    }
  }
  return text;
}

/** Length of the valid UTF-8 sequence at `at` (Unicode table 3-7), 0 when there is none. */
function sequence(bytes: Uint8Array, at: number, end: number): number {
  const b = bytes[at]!;
  if (b < 0x80) return 1;
  const size = b >= 0xc2 && b <= 0xdf ? 2 : b >= 0xe0 && b <= 0xef ? 3 : b >= 0xf0 && b <= 0xf4 ? 4 : 0;
  if (size === 0 || at + size > end) return 0;
  const second = bytes[at + 1]!;
  const least = b === 0xe0 ? 0xa0 : b === 0xf0 ? 0x90 : 0x80;
  const most = b === 0xed ? 0x9f : b === 0xf4 ? 0x8f : 0xbf;
  if (second < least || second > most) return 0;
  for (let i = 2; i < size; i++) if ((bytes[at + i]! & 0xc0) !== 0x80) return 0;
  return size;
}

function codePoint(bytes: Uint8Array, at: number, size: number): number {
  const b = bytes[at]!;
  if (size === 1) return b;
  let point = b & (0xff >> (size + 1));
  for (let i = 1; i < size; i++) point = (point << 6) | (bytes[at + i]! & 0x3f);
  return point;
}

/** Writes a name at `at` and returns its length in bytes; -1 when it would pass `limit`. */
export function encodeName(text: string, bytes: Uint8Array, at: number, limit: number): number {
  const start = at;
  for (let i = 0; i < text.length; i++) {
    let point = text.charCodeAt(i);
    if (point < 0x80) {
      if (at >= limit) return -1;
      bytes[at++] = point;
      continue;
    }
    if (point >= 0xd800 && point < 0xdc00 && i + 1 < text.length && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
      point = 0x10000 + ((point - 0xd800) << 10) + (text.charCodeAt(++i) - 0xdc00);
    } else if (point >= 0xdc80 && point <= 0xdcff) {
      if (at >= limit) return -1;
      bytes[at++] = point - 0xdc00;
      continue;
    }
    const size = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    if (at + size > limit) return -1;
    for (let k = size - 1; k > 0; k--) {
      bytes[at + k] = 0x80 | (point & 0x3f);
      point >>= 6;
    }
    bytes[at] = (0xf00 >> size) & 0xff | point;
    at += size;
  }
  return at - start;
}

/** The bytes of a name. */
export function nameBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 3);
  return bytes.subarray(0, encodeName(text, bytes, 0, bytes.length));
}

/** The text of a whole byte string. */
export function nameText(bytes: Uint8Array): string {
  return decodeName(bytes, 0, bytes.length);
}
