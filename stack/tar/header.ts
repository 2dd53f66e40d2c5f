import { nameBytes } from '../../core/protocol/names.js';

/** Bytes of a header, and what data are padded to; tar(5). */
export const BLOCK = 512;

/** The type flag of an entry. */
export const TarType = { FILE: '0', LINK: '1', SYMLINK: '2', CHARACTER: '3', BLOCK: '4', DIRECTORY: '5', FIFO: '6', PAX: 'x', PAX_GLOBAL: 'g', LONG_NAME: 'L', LONG_LINK: 'K' } as const;

/** What an archive says of one file. Names are relative, without a slash at the end, and text as elsewhere (`nameText`). */
export interface TarHeader {
  readonly name: string;
  readonly type: string;
  /** Permissions alone. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of data that follow. */
  readonly size: number;
  /** Seconds and nanoseconds since 1970. */
  readonly mtime: number;
  readonly mtimeNsec: number;
  /** Target of a symbolic link, or the other name of a hard link. */
  readonly link: string;
  readonly major: number;
  readonly minor: number;
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
}

/** Offset and length of the fields of a ustar header. */
export const FIELD = {
  name: [0, 100], mode: [100, 8], uid: [108, 8], gid: [116, 8], size: [124, 12], mtime: [136, 12], checksum: [148, 8], type: [156, 1], link: [157, 100],
  magic: [257, 8], major: [329, 8], minor: [337, 8], prefix: [345, 155],
} as const;

/** The sum of all bytes of a header, its own field taken as spaces. */
export function checksum(block: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < BLOCK; i++) sum += i >= FIELD.checksum[0] && i < FIELD.checksum[0] + FIELD.checksum[1] ? 0x20 : block[i]!;
  return sum;
}

/** Extended attributes in pax headers, as GNU tar, bsdtar, Go and container tools have them. */
export const XATTR = 'SCHILY.xattr.';

/** One record of a pax header: its own length in decimal, a key, a value, which may be any bytes. */
export function paxRecord(key: string, value: Uint8Array): Buffer {
  const rest = Buffer.concat([Buffer.from(' '), nameBytes(key), Buffer.from('='), value, Buffer.from('\n')]);
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

/** Key and value of each record of a pax header; undefined when it is not one. */
export function paxRecords(data: Buffer): Map<string, Buffer> | undefined {
  const records = new Map<string, Buffer>();
  for (let at = 0; at < data.length; ) {
    const space = data.indexOf(0x20, at);
    const length = space < 0 ? Number.NaN : Number(data.toString('latin1', at, space));
    const equals = data.indexOf(0x3d, space);
    if (!Number.isInteger(length) || length <= 0 || at + length > data.length || equals < 0 || equals >= at + length || data[at + length - 1] !== 0x0a) return undefined;
    records.set(data.toString('utf8', space + 1, equals), data.subarray(equals + 1, at + length - 1));
    at += length;
  }
  return records;
}
