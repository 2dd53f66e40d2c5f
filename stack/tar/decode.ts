import { nameText } from '../../core/protocol/names.js';
import { BLOCK, checksum, FIELD, paxRecords, type TarHeader, TarType, XATTR } from './header.js';

/** An archive that is not one. */
export class TarError extends Error {}

/** Bytes of a pax header or a long name at most. */
const EXTRA_MAX = 1 << 20;

/** One entry; its data are to be read before the next one. */
export interface TarEntry {
  readonly header: TarHeader;
  data(): AsyncIterable<Buffer>;
}

/** What was read of a stream and is not used yet. */
class Bytes {
  private rest: Buffer = Buffer.alloc(0);
  private readonly source: AsyncIterator<Buffer>;

  constructor(source: AsyncIterable<Buffer>) {
    this.source = source[Symbol.asyncIterator]();
  }

  /** Some bytes, `most` at most; none at the end. */
  async some(most: number): Promise<Buffer> {
    if (this.rest.length === 0) {
      const { done, value } = await this.source.next();
      if (done === true) return Buffer.alloc(0);
      this.rest = value;
    }
    const part = this.rest.subarray(0, most);
    this.rest = this.rest.subarray(part.length);
    return part;
  }
  /** Exactly so many bytes; undefined when the stream ends before the first of them. */
  async exactly(count: number): Promise<Buffer | undefined> {
    const parts: Buffer[] = [];
    for (let left = count; left > 0; ) {
      const part = await this.some(left);
      if (part.length === 0) {
        if (left === count) return undefined;
        throw new TarError('it is cut off');
      }
      parts.push(part);
      left -= part.length;
    }
    return Buffer.concat(parts);
  }
  async skip(count: number): Promise<void> {
    for (let left = count; left > 0; ) {
      const part = await this.some(left);
      if (part.length === 0) throw new TarError('it is cut off');
      left -= part.length;
    }
  }
}

/** The entries of an archive in ustar, pax or GNU format. Throws TarError. */
export async function* readTar(stream: AsyncIterable<Buffer>): AsyncGenerator<TarEntry> {
  const bytes = new Bytes(stream);
  let pax = new Map<string, Buffer>();
  const common = new Map<string, Buffer>();
  for (let block; (block = await bytes.exactly(BLOCK)) && block.some((byte) => byte !== 0); ) {
    const type = block.toString('latin1', FIELD.type[0], FIELD.type[0] + 1);
    if (Number.parseInt(field(block, FIELD.checksum).toString('latin1').trim(), 8) !== checksum(block)) throw new TarError('it is no tar archive, or damaged: the sum of a header is wrong');
    const own = number(block, FIELD.size);
    if (type === TarType.PAX || type === TarType.PAX_GLOBAL || type === TarType.LONG_NAME || type === TarType.LONG_LINK) {
      const extra = own > EXTRA_MAX ? undefined : own === 0 ? Buffer.alloc(0) : await bytes.exactly(own);
      const records = extra && (type === TarType.PAX || type === TarType.PAX_GLOBAL ? paxRecords(extra) : new Map([[type === TarType.LONG_NAME ? 'path' : 'linkpath', upToNul(extra)]]));
      if (!records) throw new TarError('it has an extended header that cannot be read');
      for (const [key, value] of records) (type === TarType.PAX_GLOBAL ? common : pax).set(key, value);
      await bytes.skip(-own & (BLOCK - 1));
      continue;
    }
    const header = decode(block, type, new Map([...common, ...pax]));
    pax = new Map();
    let left = header.size;
    yield {
      header,
      async *data() {
        while (left > 0) {
          const part = await bytes.some(left);
          if (part.length === 0) throw new TarError('it is cut off');
          left -= part.length;
          yield part;
        }
      },
    };
    await bytes.skip(left + (-header.size & (BLOCK - 1)));
  }
}

const upToNul = (data: Buffer): Buffer => (data.includes(0) ? data.subarray(0, data.indexOf(0)) : data);
const field = (block: Buffer, [at, length]: readonly [number, number]): Buffer => upToNul(block.subarray(at, at + length));

/** Octal digits, or GNU's binary form, whose first bit is set. */
function number(block: Buffer, [at, length]: readonly [number, number]): number {
  if (block[at]! >= 0x80) {
    let value = block[at] === 0xff ? -1 : block[at]! & 0x7f;
    for (let i = 1; i < length; i++) value = value * 256 + block[at + i]!;
    return value;
  }
  const text = field(block, [at, length]).toString('latin1').trim();
  const value = text === '' ? 0 : /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw new TarError('it has a number that cannot be read');
  return value;
}

function decode(block: Buffer, type: string, pax: ReadonlyMap<string, Buffer>): TarHeader {
  for (const key of pax.keys()) if (key.startsWith('GNU.sparse.')) throw new TarError('it has sparse files in GNU format; make it without --sparse');
  const prefix = block.toString('latin1', FIELD.magic[0], FIELD.magic[0] + 6) === 'ustar\u0000' ? field(block, FIELD.prefix) : Buffer.alloc(0);
  const own = prefix.length > 0 ? Buffer.concat([prefix, Buffer.from('/'), field(block, FIELD.name)]) : field(block, FIELD.name);
  const value = (key: string, at: readonly [number, number]): number => {
    const text = pax.get(key)?.toString('latin1');
    const given = text === undefined ? number(block, at) : Number(text);
    if (!Number.isSafeInteger(given)) throw new TarError(`it has a ${key} that cannot be read`);
    return given;
  };
  const xattrs = new Map([...pax].filter(([key]) => key.startsWith(XATTR)).map(([key, data]) => [key.slice(XATTR.length), data]));
  const size = value('size', FIELD.size);
  if (size < 0) throw new TarError('it has a size below zero');
  return {
    name: nameText(pax.get('path') ?? own), type: type === '\u0000' || type === '7' ? TarType.FILE : type, mode: number(block, FIELD.mode) & 0o7777, xattrs,
    uid: value('uid', FIELD.uid), gid: value('gid', FIELD.gid), size: type === TarType.LINK || type === TarType.SYMLINK || type === TarType.DIRECTORY ? 0 : size,
    ...time(pax.get('mtime')?.toString('latin1'), number(block, FIELD.mtime)),
    link: nameText(pax.get('linkpath') ?? field(block, FIELD.link)), major: number(block, FIELD.major), minor: number(block, FIELD.minor),
  };
}

/** Decimal seconds with a fraction. */
function time(text: string | undefined, whole: number): { mtime: number; mtimeNsec: number } {
  const match = /^(-?)(\d{1,15})(?:\.(\d*))?$/.exec(text ?? '');
  if (!match) return { mtime: whole, mtimeNsec: 0 };
  const nsec = Number((match[3] ?? '').padEnd(9, '0').slice(0, 9));
  const seconds = Number(match[2]);
  if (match[1] === '') return { mtime: seconds, mtimeNsec: nsec };
  return nsec === 0 ? { mtime: -seconds, mtimeNsec: 0 } : { mtime: -seconds - 1, mtimeNsec: 1e9 - nsec };
}
