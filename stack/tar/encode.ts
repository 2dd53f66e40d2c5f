import { nameBytes } from '../../core/protocol/names.js';
import { BLOCK, checksum, FIELD, paxRecord, type TarHeader, TarType, XATTR } from './header.js';

const plain = (text: string, limit: number): boolean => text.length <= limit && /^[\u0020-\u007e]*$/.test(text);
/** A number fits so many octal digits. */
const fits = (value: number, digits: number): boolean => value >= 0 && value < 8 ** digits;

/** The header of an entry, with a pax header in front where the plain one cannot hold all; tar(5), POSIX pax. */
export function encodeHeader(header: TarHeader): Buffer {
  const name = header.type === TarType.DIRECTORY ? `${header.name}/` : header.name;
  const records: Buffer[] = [];
  const record = (key: string, value: string | Uint8Array): void => void records.push(paxRecord(key, typeof value === 'string' ? nameBytes(value) : value));
  if (!plain(name, FIELD.name[1])) record('path', name);
  if (!plain(header.link, FIELD.link[1])) record('linkpath', header.link);
  for (const [key, digits] of [['size', 11], ['uid', 7], ['gid', 7]] as const) if (!fits(header[key], digits)) record(key, String(header[key]));
  if (header.mtimeNsec !== 0 || !fits(header.mtime, 11)) record('mtime', seconds(header.mtime, header.mtimeNsec));
  for (const [key, value] of header.xattrs) record(XATTR + key, value);
  const block = ustar({ ...header, name });
  if (records.length === 0) return block;
  const pax = Buffer.concat(records);
  return Buffer.concat([ustar({ ...header, name: 'pax-header', type: TarType.PAX, size: pax.length, link: '', major: 0, minor: 0 }), padded(pax), block]);
}

/** Decimal seconds, before 1970 too. */
function seconds(whole: number, nsec: number): string {
  const negative = whole < 0 && nsec > 0;
  const [digits, part] = negative ? [`-${-(whole + 1)}`, 1e9 - nsec] : [String(whole), nsec];
  return `${digits}.${String(part).padStart(9, '0')}`;
}

/** Data with zeros behind, up to whole blocks. */
export function padded(data: Uint8Array): Buffer {
  return Buffer.concat([data, Buffer.alloc(padding(data.length))]);
}
export const padding = (size: number): number => (BLOCK - (size % BLOCK)) % BLOCK;

function ustar({ name, type, mode, uid, gid, size, mtime, link, major, minor }: TarHeader): Buffer {
  const block = Buffer.alloc(BLOCK);
  const text = ([at, length]: readonly [number, number], value: string): void => void block.write(value.replaceAll(/[^\u0020-\u007e]/g, '_').slice(0, length), at, 'latin1');
  const octal = ([at, length]: readonly [number, number], value: number): void => void block.write((fits(value, length - 1) ? value : 0).toString(8).padStart(length - 1, '0'), at, 'latin1');
  text(FIELD.name, name);
  octal(FIELD.mode, mode);
  octal(FIELD.uid, uid);
  octal(FIELD.gid, gid);
  octal(FIELD.size, size);
  octal(FIELD.mtime, mtime);
  text(FIELD.type, type);
  text(FIELD.link, link);
  block.write('ustar\u000000', FIELD.magic[0], 'latin1');
  octal(FIELD.major, major);
  octal(FIELD.minor, minor);
  block.write(`${checksum(block).toString(8).padStart(6, '0')}\u0000 `, FIELD.checksum[0], 'latin1');
  return block;
}
