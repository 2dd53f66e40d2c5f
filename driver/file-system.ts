import { constants } from 'node:fs';
import { Opcode } from '../core/protocol/opcode.js';
import { AttrOut, EntryOut, GetattrIn, LinkIn, MkdirIn, MknodIn, Rename2In, RenameIn, StatfsOut } from '../core/protocol/structs.js';
import { putU64 } from '../core/protocol/words.js';
import { fields, join, terminated } from './body.js';
import { type DirectoryEntry, readDirectory } from './directory.js';
import type { Entry } from './entry.js';
import { DriverError, withPath } from './errors.js';
import type { OpenFile } from './file.js';
import { open, openEntry } from './open.js';
import type { Session } from './session.js';
import { type Changes, encodeSetattr, type Time } from './setattr.js';
import { decodeStatFs, type StatFs } from './statfs.js';
import { decodeStats, type Stats } from './stats.js';
import { type Place, readlink, walk, withName } from './walk.js';
import { getxattr, listxattr, removexattr, setxattr } from './xattr.js';

const { O_CREAT, O_DIRECTORY, O_NOFOLLOW, O_RDONLY, O_TRUNC, O_WRONLY } = constants;

/**
 * A mounted share by paths, which start at its root, as the system calls of the same names have them. Nothing is cached
 * and modes are taken as they are, without umask. Rejects with DriverError.
 */
export abstract class FileSystem {
  protected abstract readonly session: Session;

  /** The server's node of a path, in use until it is released. Symbolic links are not followed at the end. */
  lookup(path: string): Promise<Entry> {
    return this.#on(path, false, (entry) => this.session.share(entry));
  }

  stat(path: string): Promise<Stats> {
    return this.#on(path, true, (entry) => this.#getattr(entry));
  }

  lstat(path: string): Promise<Stats> {
    return this.#on(path, false, (entry) => this.#getattr(entry));
  }

  /** The names in a directory, without the dots, in the server's order. */
  async readdir(path: string): Promise<string[]> {
    return (await this.#list(path, false)).map(({ name }) => name);
  }

  /** The names with inode number and type; `plus`: by READDIRPLUS, with what stat tells. */
  readdirEntries(path: string, { plus = false } = {}): Promise<DirectoryEntry[]> {
    return this.#list(path, plus);
  }

  /** `flags` and `mode` as open(2). */
  open(path: string, flags: number = O_RDONLY, mode = 0o666): Promise<OpenFile> {
    return this.#at(path, !(flags & O_NOFOLLOW), (place) => open(this.session, place, flags, mode));
  }

  async readFile(path: string): Promise<Uint8Array> {
    return closing(await this.open(path), (file) => file.read(0, Number.MAX_SAFE_INTEGER));
  }

  /** The file's contents piece by piece, in READs of the size that was negotiated. */
  async *readPieces(path: string): AsyncGenerator<Uint8Array, void, undefined> {
    const file = await this.open(path);
    try {
      for (let at = 0; ;) {
        const piece = await file.read(at, this.session.init.maxRead);
        if (piece.length === 0) break;
        yield piece;
        at += piece.length;
      }
    } catch (error) {
      throw withPath(error, path);
    } finally {
      await file.close();
    }
  }

  /** Makes the file, or replaces what is in it. */
  async writeFile(path: string, data: Uint8Array | string | AsyncIterable<Uint8Array>, mode = 0o666): Promise<void> {
    await closing(await this.open(path, O_WRONLY | O_CREAT | O_TRUNC, mode), async (file) => {
      let at = 0;
      for await (const piece of pieces(data)) {
        await file.write(at, piece);
        at += piece.length;
      }
    });
  }

  async mkdir(path: string, mode = 0o777): Promise<void> {
    const body = fields(MkdirIn.size_);
    body[MkdirIn.mode >> 2] = mode;
    await this.#make(path, Opcode.MKDIR, (name) => join(body, terminated(name)));
  }

  /** `rdev` as the kernel's new_encode_dev(), for device nodes. */
  async mknod(path: string, mode: number, rdev = 0): Promise<void> {
    const body = fields(MknodIn.size_);
    body[MknodIn.mode >> 2] = mode;
    body[MknodIn.rdev >> 2] = rdev;
    await this.#make(path, Opcode.MKNOD, (name) => join(body, terminated(name)));
  }

  async symlink(target: string, path: string): Promise<void> {
    await this.#make(path, Opcode.SYMLINK, (name) => join(terminated(name), terminated(target)));
  }

  async link(existing: string, path: string): Promise<void> {
    await this.#on(existing, false, (entry) => {
      const body = fields(LinkIn.size_);
      putU64(body, LinkIn.oldnodeid >> 2, entry.node);
      return this.#make(path, Opcode.LINK, (name) => join(body, terminated(name)));
    });
  }

  async unlink(path: string): Promise<void> {
    await this.#existing(path, ({ parent, name }) => this.session.call(Opcode.UNLINK, parent.node, terminated(name), 0));
  }

  async rmdir(path: string): Promise<void> {
    await this.#existing(path, ({ parent, name }) => this.session.call(Opcode.RMDIR, parent.node, terminated(name), 0));
  }

  /** `flags` as renameat2(2): `RenameFlag`. */
  async rename(from: string, to: string, flags = 0): Promise<void> {
    await this.#existing(from, (old) => this.#within(to, 'EBUSY', (fresh) => {
      const body = fields(flags === 0 ? RenameIn.size_ : Rename2In.size_);
      putU64(body, RenameIn.newdir >> 2, fresh.parent.node);
      if (flags !== 0) body[Rename2In.flags >> 2] = flags;
      const opcode = flags === 0 ? Opcode.RENAME : Opcode.RENAME2;
      return this.session.call(opcode, old.parent.node, join(body, terminated(old.name), terminated(fresh.name)), 0);
    }));
  }

  readlink(path: string): Promise<string> {
    return this.#on(path, false, (entry) => {
      if (!entry.isSymbolicLink) throw new DriverError('EINVAL', 'not a symbolic link', path);
      return readlink(this.session, entry);
    });
  }

  async chmod(path: string, mode: number): Promise<void> {
    await this.#setattr(path, true, { mode });
  }

  /** `uid` or `gid` undefined: it stays. */
  async chown(path: string, uid: number | undefined, gid: number | undefined): Promise<void> {
    await this.#setattr(path, true, { uid, gid });
  }

  async lchown(path: string, uid: number | undefined, gid: number | undefined): Promise<void> {
    await this.#setattr(path, false, { uid, gid });
  }

  async truncate(path: string, size: number): Promise<void> {
    await this.#setattr(path, true, { size });
  }

  /** A time undefined stays. */
  async utimes(path: string, atime: Time | undefined, mtime: Time | undefined): Promise<void> {
    await this.#setattr(path, true, { atime, mtime });
  }

  async statfs(path = '/'): Promise<StatFs> {
    return this.#on(path, true, async (entry) => decodeStatFs(await this.session.call(Opcode.STATFS, entry.node, undefined, StatfsOut.size_)));
  }

  getxattr(path: string, name: string): Promise<Uint8Array> {
    return this.#on(path, true, (entry) => getxattr(this.session, entry.node, name));
  }

  listxattr(path: string): Promise<string[]> {
    return this.#on(path, true, (entry) => listxattr(this.session, entry.node));
  }

  /** `flags`: XATTR_CREATE 1, XATTR_REPLACE 2. */
  async setxattr(path: string, name: string, value: Uint8Array, flags = 0): Promise<void> {
    await this.#on(path, true, (entry) => setxattr(this.session, entry.node, name, value, flags));
  }

  async removexattr(path: string, name: string): Promise<void> {
    await this.#on(path, true, (entry) => removexattr(this.session, entry.node, name));
  }

  async #getattr(entry: Entry): Promise<Stats> {
    const reply = await this.session.call(Opcode.GETATTR, entry.node, join(fields(GetattrIn.size_)), AttrOut.size_);
    return decodeStats(reply, AttrOut.attr);
  }

  async #setattr(path: string, follow: boolean, changes: Changes): Promise<void> {
    await this.#on(path, follow, (entry) => this.session.call(Opcode.SETATTR, entry.node, encodeSetattr(changes), AttrOut.size_));
  }

  async #list(path: string, plus: boolean): Promise<DirectoryEntry[]> {
    return this.#on(path, true, async (entry) => {
      if (!entry.isDirectory) throw new DriverError('ENOTDIR', 'not a directory', path);
      return closing(await openEntry(this.session, entry, O_RDONLY | O_DIRECTORY), (file) => readDirectory(this.session, file, plus));
    });
  }

  /** A request that makes a name and is answered with its entry. */
  async #make(path: string, opcode: Opcode, body: (name: string) => Uint8Array): Promise<void> {
    await this.#within(path, 'EEXIST', async ({ parent, name, entry }) => {
      if (entry) throw new DriverError('EEXIST', Opcode[opcode], path);
      this.session.entry(await this.session.call(opcode, parent.node, body(name), EntryOut.size_)).release();
    });
  }

  /** Works on what stands at a path. */
  #on<T>(path: string, follow: boolean, work: (entry: Entry) => T | Promise<T>): Promise<T> {
    return this.#at(path, follow, ({ entry }) => {
      if (!entry) throw new DriverError('ENOENT', 'nothing there', path);
      return work(entry);
    });
  }

  /** Works on a name in its directory, whether there is something of that name or not. */
  async #within<T>(path: string, errno: 'EEXIST' | 'EBUSY', work: (place: Place) => T | Promise<T>): Promise<T> {
    return this.#at(withName(path, errno), false, work);
  }

  /** The server must know what is removed or renamed, so it is looked up, as the kernel does. */
  #existing<T>(path: string, work: (place: Place) => T | Promise<T>): Promise<T> {
    return this.#within(path, 'EBUSY', (place) => {
      if (!place.entry) throw new DriverError('ENOENT', 'nothing there', path);
      return work(place);
    });
  }

  async #at<T>(path: string, follow: boolean, work: (place: Place) => T | Promise<T>): Promise<T> {
    const place = await walk(this.session, path, follow);
    try {
      return await work(place);
    } catch (error) {
      throw withPath(error, path);
    } finally {
      place.release();
    }
  }
}

async function closing<T>(file: OpenFile, work: (file: OpenFile) => Promise<T>): Promise<T> {
  let result: T;
  try {
    result = await work(file);
  } catch (error) {
    // What went wrong first is what the caller hears of.
    await file.close().catch(() => {});
    throw error;
  }
  await file.close();
  return result;
}

function pieces(data: Uint8Array | string | AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  if (typeof data === 'string') return [new TextEncoder().encode(data)];
  return data instanceof Uint8Array ? [data] : data;
}
