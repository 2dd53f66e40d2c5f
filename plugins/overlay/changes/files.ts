import { createReadStream, createWriteStream, rmSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { PassThrough, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { ArchiveFile } from '../../../core/errors.js';

/** Has an archive written, which appears under its name when it is complete and on the disk. */
export async function archive<T>(file: string, write: (out: Writable) => T | Promise<T>): Promise<T> {
  const partial = `${file}.partial`;
  const out = new PassThrough({ highWaterMark: 1 << 22 });
  const into = createWriteStream(partial, { flush: true });
  const written = (/\.t?gz$/.test(file) ? pipeline(out, createGzip(), into) : pipeline(out, into)).catch((error: NodeJS.ErrnoException) => {
    throw ArchiveFile(file, error.code ?? error.message);
  });
  try {
    const result = await Promise.race([write(out), written.then(() => new Promise<never>(() => {}))]);
    out.end();
    await written;
    await rename(partial, file);
    return result;
  } catch (error) {
    out.destroy();
    await written.catch(() => {});
    rmSync(partial, { force: true });
    throw error;
  }
}

/** The bytes of an archive, without gzip. */
export async function* unpacked(file: string): AsyncGenerator<Buffer> {
  const opened = await open(file).catch((error: NodeJS.ErrnoException) => {
    throw ArchiveFile(file, error.code ?? error.message);
  });
  const magic = Buffer.alloc(2);
  await opened.read(magic, 0, 2, 0);
  const stream = createReadStream(file, { fd: opened, start: 0, highWaterMark: 1 << 20 });
  if (magic.readUInt16BE() !== 0x1f8b) return yield* stream as AsyncIterable<Buffer>;
  const gunzip = createGunzip();
  stream.on('error', (error) => gunzip.destroy(error)).pipe(gunzip);
  try {
    yield* gunzip as AsyncIterable<Buffer>;
  } catch (error) {
    throw ArchiveFile(file, (error as Error).message);
  }
}
