import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { nameBytes } from '../../core/protocol/names.js';

/** A file's contents, in order. */
export type Pieces = AsyncIterable<Uint8Array>;

const file = (path: string): Buffer => Buffer.from(nameBytes(path));

/** A file of this host. */
export const readLocal = (path: string, size: number): Pieces => createReadStream(file(path), { highWaterMark: size });

export const writeLocal = (path: string, pieces: Pieces): Promise<void> => pipeline(pieces, createWriteStream(file(path)));

export const print = (pieces: Pieces): Promise<void> => pipeline(pieces, process.stdout, { end: false });

export const printLine = (text: string): Promise<void> => pipeline([nameBytes(`${text}\n`)], process.stdout, { end: false });

/** The same pieces, once the first one is there: a source that cannot be read leaves its target as it was. */
export async function begun(pieces: Pieces): Promise<Pieces> {
  const iterator = pieces[Symbol.asyncIterator]();
  const first = await iterator.next();
  return (async function* () {
    try {
      for (let piece = first; !piece.done; piece = await iterator.next()) yield piece.value;
    } finally {
      await iterator.return?.();
    }
  })();
}
