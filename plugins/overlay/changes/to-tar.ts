import { once } from 'node:events';
import { constants } from 'node:fs';
import type { Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { NotInOci } from '../../../core/errors.js';
import { majorOf, minorOf } from '../../../core/protocol/device-number.js';
import { nameText } from '../../../core/protocol/names.js';
import { PERMISSIONS, S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFREG, S_IFSOCK } from '../../../core/protocol/mode.js';
import { type Steps, TRANSFER, wait } from '../../../stack/index.js';
import { BLOCK, encodeHeader, padding, type TarHeader, TarType } from '../../../stack/tar/index.js';
import type { Marks } from '../marks.js';
import type { Union } from '../union.js';
import { type FileOf, xattrs } from './compare.js';
import { type Sink, tell } from './entries.js';
import { must } from './failure.js';
import type { Pair } from './walk.js';

/** Names that stand for something else in a layer; OCI image specification, layer.md. */
export const WHITEOUT_PREFIX = '.wh.';
export const OPAQUE_NAME = '.wh..wh..opq';

const TYPES: ReadonlyMap<number, string> = new Map([
  [S_IFREG, TarType.FILE], [S_IFDIR, TarType.DIRECTORY], [S_IFLNK, TarType.SYMLINK], [S_IFCHR, TarType.CHARACTER], [S_IFBLK, TarType.BLOCK], [S_IFIFO, TarType.FIFO],
]);
const WHITEOUT: Omit<TarHeader, 'name'> = { type: TarType.FILE, mode: 0, uid: 0, gid: 0, size: 0, mtime: 0, mtimeNsec: 0, link: '', major: 0, minor: 0, xattrs: new Map() };

/** Writes a layer as a tar archive, whiteouts and opaque directories as OCI images have them. Sockets are left out, as tar(1) does. */
class TarSink implements Sink {
  entries = 0;
  /** The first name of files with several, by layer and inode number. */
  private readonly names = new Map<string, string>();

  constructor(private readonly marks: Marks, private readonly out: Writable) {}

  *file(path: string, file: FileOf): Steps<void> {
    const { layer, node, attributes: { mode, uid, gid, size, mtime, mtimeNsec, rdev, nlink, ino } } = file;
    const type = mode & S_IFMT;
    const name = path.slice(1) || '.';
    if (type === S_IFSOCK) return;
    if (name.slice(name.lastIndexOf('/') + 1).startsWith(WHITEOUT_PREFIX)) throw NotInOci(path);
    const key = `${layer.tag}:${ino}`;
    const other = type !== S_IFDIR && nlink > 1 ? this.names.get(key) : undefined;
    const link = other ?? (type === S_IFLNK ? nameText(must(yield* wait(layer.client.readlink(node)), path, 'cannot be read')) : '');
    const data = type === S_IFREG && other === undefined ? size : 0;
    yield* this.write(encodeHeader({
      name, type: other === undefined ? TYPES.get(type)! : TarType.LINK, mode: mode & PERMISSIONS, uid, gid, size: data, mtime, mtimeNsec, link,
      major: type === S_IFCHR || type === S_IFBLK ? majorOf(rdev) : 0, minor: type === S_IFCHR || type === S_IFBLK ? minorOf(rdev) : 0,
      xattrs: other === undefined ? yield* xattrs(this.marks, file, path) : new Map(),
    }));
    if (data > 0) yield* this.data(file.data ?? file, data, path);
    if (nlink > 1 && type !== S_IFDIR) this.names.set(key, this.names.get(key) ?? name);
    this.entries++;
  }

  private *data({ layer: { client }, node }: Pick<FileOf, 'layer' | 'node'>, size: number, path: string): Steps<void> {
    const { handle } = must(yield* wait(client.open(node, constants.O_RDONLY)), path, 'cannot be opened');
    try {
      for (let at = 0; at < size; at += TRANSFER) {
        const part = must(yield* wait(client.read(node, handle, at, Math.min(TRANSFER, size - at))), path, 'cannot be read');
        // One that has become shorter meanwhile is filled up: the archive has told its size.
        yield* this.write(part.length < Math.min(TRANSFER, size - at) ? Buffer.concat([part, Buffer.alloc(Math.min(TRANSFER, size - at) - part.length)]) : part);
        if (at % (8 * TRANSFER) === 0) yield setImmediate();
      }
    } finally {
      yield* wait(client.release(node, handle));
    }
    yield* this.write(Buffer.alloc(padding(size)));
  }

  *whiteout(path: string): Steps<void> {
    const cut = path.lastIndexOf('/');
    yield* this.write(encodeHeader({ ...WHITEOUT, name: `${path.slice(1, cut + 1)}${WHITEOUT_PREFIX}${path.slice(cut + 1)}` }));
    this.entries++;
  }

  *opaque(path: string): Steps<void> {
    yield* this.write(encodeHeader({ ...WHITEOUT, name: `${path.slice(1)}/${OPAQUE_NAME}` }));
  }

  *left(path: string): Steps<void> {
    if (path === '') yield* this.write(Buffer.alloc(2 * BLOCK));
  }

  private *write(data: Uint8Array): Steps<void> {
    if (data.length > 0 && !this.out.write(data)) yield once(this.out, 'drain');
  }
}

/** Writes what a layer holds as an archive: the number of files and whiteouts. */
export function* tellTar(union: Union, pair: Pair, out: Writable): Steps<number> {
  const sink = new TarSink(union.marks, out);
  yield* tell(union, pair, sink);
  return sink.entries;
}
