import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { ArchiveInvalid, ArchiveRefused } from '../../../core/errors.js';
import type { Imported } from '../../../core/filesystem/change-set.js';
import { Errno, errnoName } from '../../../core/filesystem/errno.js';
import { deviceNumber } from '../../../core/protocol/device-number.js';
import { ROOT_NODE } from '../../../core/protocol/flags.js';
import { S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFMT } from '../../../core/protocol/mode.js';
import { type Client, type Found, namesIn, removeTree, run } from '../../../stack/index.js';
import { readTar, type TarEntry, TarError, type TarHeader, TarType } from '../../../stack/tar/index.js';
import { keepXattr } from '../keep-xattr.js';
import { OPAQUE_NAME, WHITEOUT_PREFIX } from './to-tar.js';

const MODES: Readonly<Record<string, number>> = { [TarType.CHARACTER]: S_IFCHR, [TarType.BLOCK]: S_IFBLK, [TarType.FIFO]: S_IFIFO };

/**
 * Applies a layer in the format of OCI images to a file system, as one of its callers: each file appears complete under its
 * name, in place of what was there. Begun anew, it comes to the same end.
 */
export class TarImport {
  private written = 0;
  private deleted = 0;
  /** Directories whose times are set at the end, by path. */
  private readonly directories = new Map<string, TarHeader>();
  /** What the archive itself made: an opaque directory hides only what was there before. */
  private readonly own = new Set<string>();

  constructor(private readonly client: Client, private readonly file: string) {}

  async apply(stream: AsyncIterable<Buffer>): Promise<Imported> {
    try {
      for await (const entry of readTar(stream)) await this.entry(entry);
    } catch (error) {
      if (error instanceof TarError) throw ArchiveInvalid(this.file, error.message);
      throw error;
    }
    for (const [path, header] of [...this.directories].toReversed()) await this.within(path, (node) => this.dress(node, header, path));
    return { written: this.written, deleted: this.deleted };
  }

  private must<T>(answer: T | Errno, path: string, what: string): T {
    if (typeof answer === 'number' && answer < 0) throw ArchiveRefused(path || '.', what, errnoName(answer as Errno));
    return answer as T;
  }

  private async entry(entry: TarEntry): Promise<void> {
    const { header } = entry;
    const parts = header.name.split('/').filter((part) => part !== '' && part !== '.');
    if (parts.includes('..')) throw ArchiveInvalid(this.file, `it has the path ${header.name}, which leads out of it`);
    const name = parts.pop();
    const directory = parts.join('/');
    if (name === undefined) {
      if (header.type === TarType.DIRECTORY) this.directories.set('', header);
    } else if (name === OPAQUE_NAME) await this.within(directory, (node) => this.clear(node, directory), true);
    else if (name.startsWith(WHITEOUT_PREFIX)) await this.whiteout(directory, name.slice(WHITEOUT_PREFIX.length));
    else await this.within(directory, (node) => this.place(node, directory === '' ? name : `${directory}/${name}`, name, entry), true);
  }

  /** Does something with the directory of a path, which is made when there is none. */
  private async within(path: string, what: (node: number) => Promise<unknown>, make = false): Promise<void> {
    const held: number[] = [];
    let node: number = ROOT_NODE;
    try {
      for (const name of path === '' ? [] : path.split('/')) {
        let found = await this.client.lookup(node, name);
        if (found === Errno.ENOENT && make) found = await this.client.mkdir(node, name, 0o755);
        if (found === Errno.ENOENT) return;
        const { node: next, attributes } = this.must<Found>(found, path, 'cannot be looked up');
        held.push(next);
        if ((attributes.mode & S_IFMT) !== S_IFDIR) throw ArchiveRefused(path, 'cannot hold files', 'ENOTDIR');
        node = next;
      }
      await what(node);
    } finally {
      for (const one of held.toReversed()) this.client.forget(one, 1);
    }
  }

  private async whiteout(directory: string, name: string): Promise<void> {
    if (name === '' || name === '.' || name === '..') throw ArchiveInvalid(this.file, `it has a whiteout of nothing in ${directory || '.'}`);
    await this.within(directory, async (node) => {
      const error = await run(removeTree(this.client, node, name));
      if (error !== Errno.ENOENT) this.deleted += this.must(error, `${directory}/${name}`, 'cannot be removed') === 0 ? 1 : 0;
    });
  }

  private async clear(node: number, path: string): Promise<void> {
    for (const name of this.must(await run(namesIn(this.client, node)), path, 'cannot be listed')) {
      if (this.own.has(path === '' ? name : `${path}/${name}`)) continue;
      this.must(await run(removeTree(this.client, node, name)), `${path}/${name}`, 'cannot be removed');
      this.deleted++;
    }
  }

  private async place(parent: number, path: string, name: string, entry: TarEntry): Promise<void> {
    const { client } = this;
    const { header } = entry;
    const there = await client.lookup(parent, name);
    const known = there === Errno.ENOENT ? undefined : this.must<Found>(there, path, 'cannot be looked up');
    this.written++;
    this.own.add(path);
    try {
      const isDirectory = known !== undefined && (known.attributes.mode & S_IFMT) === S_IFDIR;
      if (header.type === TarType.DIRECTORY) {
        this.directories.set(path, header);
        if (isDirectory) return await this.dress(known.node, header, path);
      }
      const as = `.fusewire-${randomBytes(6).toString('hex')}`;
      const node = await this.make(parent, as, path, entry);
      if (node !== undefined) {
        await this.dress(node, header, path);
        client.forget(node, 1);
      }
      if (isDirectory || (known && header.type === TarType.DIRECTORY)) this.must(await run(removeTree(client, parent, name)), path, 'cannot be replaced');
      this.must(await client.rename(parent, as, parent, name), path, 'cannot be moved into place');
    } finally {
      if (known) client.forget(known.node, 1);
    }
  }

  /** The node that was made; undefined for another name of a file, which is dressed already. */
  private async make(parent: number, as: string, path: string, entry: TarEntry): Promise<number | undefined> {
    const { client } = this;
    const { header } = entry;
    const { type, link } = header;
    if (type === TarType.FILE) return this.regular(parent, as, path, entry);
    if (type === TarType.LINK) {
      await this.linked(link, async (node) => client.forget(this.must(await client.link(node, parent, as), path, 'cannot be linked').node, 1));
      return undefined;
    }
    const mode = MODES[type];
    if (type !== TarType.DIRECTORY && type !== TarType.SYMLINK && mode === undefined) throw ArchiveInvalid(this.file, `${path} is of a type that is not known: ${JSON.stringify(type)}`);
    const made = type === TarType.DIRECTORY ? client.mkdir(parent, as, 0o700) : type === TarType.SYMLINK ? client.symlink(parent, as, link) : client.mknod(parent, as, mode! | 0o600, deviceNumber(header.major, header.minor));
    return this.must(await made, path, 'cannot be made').node;
  }

  private async regular(parent: number, as: string, path: string, { data }: TarEntry): Promise<number> {
    const { client } = this;
    const { node, handle } = this.must(await client.create(parent, as, constants.O_WRONLY | constants.O_EXCL, 0o600), path, 'cannot be made');
    let at = 0;
    for await (const part of data()) {
      for (let done = 0; done < part.length; ) {
        const wrote = this.must(await client.write(node, handle, at, part.subarray(done)), path, 'cannot be written');
        done += wrote;
        at += wrote;
      }
    }
    await client.release(node, handle);
    return node;
  }

  /** Does something with a file that the archive, or what was there before, has by another name. */
  private async linked(name: string, what: (node: number) => Promise<void>): Promise<void> {
    const parts = name.split('/').filter((part) => part !== '' && part !== '.');
    const last = parts.pop();
    if (last === undefined || parts.includes('..') || last === '..') throw ArchiveInvalid(this.file, `it has a link to ${name}, which leads out of it`);
    let met = false;
    await this.within(parts.join('/'), async (directory) => {
      const found = this.must<Found>(await this.client.lookup(directory, last), name, 'cannot be linked to');
      met = true;
      await what(found.node).finally(() => this.client.forget(found.node, 1));
    });
    if (!met) throw ArchiveRefused(name, 'cannot be linked to', 'ENOENT');
  }

  private async dress(node: number, { type, uid, gid, mode, mtime, mtimeNsec, xattrs }: TarHeader, path: string): Promise<void> {
    const { client } = this;
    this.must(await client.setattr(node, { uid, gid }), path, 'cannot be given its owner');
    const names = await client.listxattr(node);
    for (const name of typeof names === 'number' ? [] : names) if (!xattrs.has(name)) await client.removexattr(node, name);
    for (const [name, value] of xattrs) {
      this.must(await run(keepXattr(client, node, name, value)), path, `cannot be given its extended attribute ${name}`);
    }
    const times = { atime: mtime, atimeNsec: mtimeNsec, mtime, mtimeNsec };
    this.must(await client.setattr(node, type === TarType.SYMLINK ? times : { mode, ...times }), path, 'cannot be given its mode and times');
  }
}
