import { nameText } from '../../../core/protocol/names.js';
import { Opcode } from '../../../core/protocol/opcode.js';
import { PosixError } from '../posix.js';
import { type Connection, terminated } from './connection.js';
import type { Inode, Inodes } from './inodes.js';

/** Symbolic links followed in one walk, path_resolution(7). */
const LINKS_MAX = 40;
const errors = { ENOENT: 2, ENOTDIR: 20, ELOOP: 40 } as const;

export function fail(code: keyof typeof errors, path: string): never {
  throw new PosixError(errors[code], path);
}

/** Where a path leads: `directories` from the root to the one that has `name`, and what is there. All are in use. */
export interface Place {
  readonly directories: readonly Inode[];
  /** Empty when the path ends in a directory by way of `.`, `..` or the root. */
  readonly name: string;
  readonly inode: Inode | undefined;
}

/** Resolves paths as the kernel does, by LOOKUP and READLINK. */
export class Walker {
  /** The directories from the root to the working directory, which are in use. */
  private cwd: readonly Inode[];

  constructor(
    private readonly connection: Connection,
    private readonly inodes: Inodes,
  ) {
    this.cwd = [inodes.root];
  }

  async changeDirectory(path: string): Promise<void> {
    const left = this.cwd;
    this.cwd = await this.to(path, true, async ({ directories, inode }) => {
      if (!inode) fail('ENOENT', path);
      if (!inode.isDirectory) fail('ENOTDIR', path);
      return (directories.at(-1) === inode ? directories : [...directories, inode]).map((one) => this.inodes.use(one));
    });
    await this.release(left);
  }

  /** Does something with the place a path leads to. `follow`: through a symbolic link at its end, too. */
  async to<T>(path: string, follow: boolean, what: (place: Place) => Promise<T>): Promise<T> {
    const held: Inode[] = [];
    try {
      return await what(await this.walk(path, follow, held));
    } finally {
      await this.release(held);
    }
  }

  private async walk(path: string, follow: boolean, held: Inode[]): Promise<Place> {
    const left = path.split('/').toReversed();
    let directories = path.startsWith('/') ? [this.inodes.root] : [...this.cwd];
    held.push(...directories.map((inode) => this.inodes.use(inode)));
    for (let links = 0; left.length > 0; ) {
      const name = left.pop()!;
      if (name === '' || name === '.') continue;
      if (name === '..') {
        if (directories.length > 1) directories.pop();
        continue;
      }
      const last = left.every((rest) => rest === '');
      const slash = left.length > 0;
      const inode = await this.lookup(directories.at(-1)!, name);
      if (inode) held.push(inode);
      else if (!last) fail('ENOENT', path);
      if (inode?.isLink && (!last || follow || slash)) {
        if (++links > LINKS_MAX) fail('ELOOP', path);
        const target = nameText(await this.connection.request(Opcode.READLINK, inode.node));
        if (target.startsWith('/')) directories = [this.inodes.root];
        left.push(...target.split('/').toReversed());
        continue;
      }
      if (last && (!inode?.isDirectory || !slash)) {
        if (inode && slash) fail('ENOTDIR', path);
        return { directories, name, inode };
      }
      if (!inode!.isDirectory) fail('ENOTDIR', path);
      if (last) return { directories, name, inode };
      directories.push(inode!);
    }
    return { directories, name: '', inode: directories.at(-1) };
  }

  private async lookup(directory: Inode, name: string): Promise<Inode | undefined> {
    try {
      return this.inodes.found(await this.connection.request(Opcode.LOOKUP, directory.node, terminated(name)));
    } catch (error) {
      if (error instanceof PosixError && error.errno === errors.ENOENT) return undefined;
      throw error;
    }
  }

  private async release(inodes: readonly Inode[]): Promise<void> {
    for (const inode of inodes) await this.inodes.release(inode);
  }
}
