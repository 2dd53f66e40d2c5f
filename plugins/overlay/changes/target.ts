import { CommitLost } from '../../../core/errors.js';
import { Errno } from '../../../core/filesystem/errno.js';
import { nameText } from '../../../core/protocol/names.js';
import { type Client, emptyDirectory, type Found, removeTree, type Steps, wait } from '../../../stack/index.js';
import { copyData } from '../copy-data.js';
import { isDirectory } from '../find.js';
import { keepXattr } from '../keep-xattr.js';
import type { Layer } from '../layer.js';
import type { Marks } from '../marks.js';
import { PERMISSIONS, S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from '../../../core/protocol/mode.js';
import { type FileOf, xattrs } from './compare.js';
import { must } from './failure.js';

/**
 * The file system that changes are applied to. Everything is made in a directory of its own first, and moved into place in
 * one step when it is complete; what it replaces is moved out there, and removed.
 */
export class Target {
  readonly client: Client;
  work = 0;
  private counter = 0;
  /** Nodes of files with several names that were copied, by layer and inode number of what they were copied from. */
  private readonly copies = new Map<string, number>();

  /** `staging`: the name of the directory at the root in which things are prepared. */
  constructor(readonly layer: Layer, readonly marks: Marks, readonly staging: string, readonly isVolatile: boolean) {
    this.client = layer.client;
  }

  /** What a commit left whose changes are lost, because the memory that held them is, may be all that there is of a file. */
  *refuseLeftovers(): Steps<void> {
    const found = yield* wait(this.client.lookup(this.layer.root, this.staging));
    if (typeof found === 'number') return;
    this.client.forget(found.node, 1);
    throw CommitLost(`/${this.staging}`);
  }

  /** Finds or makes the staging directory. */
  *open(): Steps<void> {
    let found = yield* wait(this.client.lookup(this.layer.root, this.staging));
    if (found === Errno.ENOENT) found = yield* wait(this.client.mkdir(this.layer.root, this.staging, 0o700));
    this.work = must(found, `/${this.staging}`, 'cannot be made in what the changes are applied to').node;
  }

  /** The copy of a file with several names, once there is one. */
  copyOf({ layer, attributes: { ino, nlink } }: Pick<FileOf, 'layer' | 'attributes'>): number | undefined {
    return nlink > 1 ? this.copies.get(`${layer.tag}:${ino}`) : undefined;
  }
  /** Notes such a copy; the look-up is taken over. */
  note({ layer, attributes: { ino } }: Pick<FileOf, 'layer' | 'attributes'>, node: number): void {
    this.copies.set(`${layer.tag}:${ino}`, node);
  }

  /** Removes the staging directory with all that is left in it. */
  *close(): Steps<void> {
    for (const node of this.copies.values()) this.client.forget(node, 1);
    yield* emptyDirectory(this.client, this.work);
    yield* wait(this.client.rmdir(this.layer.root, this.staging));
    this.client.forget(this.work, 1);
  }

  /** A name that is free in the staging directory. */
  *name(): Steps<string> {
    for (;;) {
      const name = `t${(++this.counter).toString(36)}`;
      const found = yield* wait(this.client.lookup(this.work, name));
      if (found === Errno.ENOENT) return name;
      this.client.forget(must(found, name, 'cannot be looked up').node, 1);
      yield* removeTree(this.client, this.work, name);
    }
  }

  /** What a directory of the target has under a name; the look-up is the caller's. */
  *lookup(directory: number, name: string, path: string): Steps<Found | undefined> {
    const found = yield* wait(this.client.lookup(directory, name));
    return found === Errno.ENOENT ? undefined : must(found, path, 'cannot be looked up');
  }

  /** Makes a copy of a file, without its name: its name in the staging directory, and its node. */
  *copy(file: FileOf, path: string): Steps<{ name: string; node: number }> {
    const name = yield* this.name();
    const node = must(yield* this.make(file, name), path, 'cannot be copied');
    yield* this.dress(node, file, path);
    return { name, node };
  }

  private *make({ layer, node, data, attributes: { mode, rdev, size } }: FileOf, name: string): Steps<number | Errno> {
    const { client } = this;
    const type = mode & S_IFMT;
    if (type === S_IFREG) return yield* copyData({ client, work: this.work, isVolatile: true }, data ?? { layer, node }, name, size);
    let made: Found | Errno;
    if (type === S_IFLNK) {
      const target = yield* wait(layer.client.readlink(node));
      if (typeof target === 'number') return target;
      made = yield* wait(client.symlink(this.work, name, nameText(target)));
    } else made = yield* wait(type === S_IFDIR ? client.mkdir(this.work, name, 0o700) : client.mknod(this.work, name, type | 0o600, rdev));
    return typeof made === 'number' ? made : made.node;
  }

  /** Gives a file the owner, extended attributes, mode and times of another one; whatever of it is there already stays. */
  *dress(node: number, from: FileOf, path: string): Steps<void> {
    const { client, marks } = this;
    const { uid, gid, mode, atime, atimeNsec, mtime, mtimeNsec } = from.attributes;
    const now = must(yield* wait(client.getattr(node)), path, 'cannot be read');
    if (now.uid !== uid || now.gid !== gid) must(yield* wait(client.setattr(node, { uid, gid })), path, 'cannot be given its owner');
    const [before, after] = [yield* xattrs(marks, { layer: this.layer, node }, path), yield* xattrs(marks, from, path)];
    for (const name of before.keys()) if (!after.has(name)) yield* wait(client.removexattr(node, name));
    for (const [name, value] of after) {
      const same = before.get(name);
      if (same && Buffer.compare(same, value) === 0) continue;
      must(yield* keepXattr(client, node, name, value), path, `cannot be given its extended attribute ${name}`);
    }
    const times = { atime, atimeNsec, mtime, mtimeNsec };
    must(yield* wait(client.setattr(node, (mode & S_IFMT) === S_IFLNK ? times : { mode: mode & PERMISSIONS, ...times })), path, 'cannot be given its mode and times');
  }

  /** Moves what is in the staging directory into place, whatever is there. */
  *place(staged: string, directory: number, name: string, path: string): Steps<void> {
    const there = yield* this.lookup(directory, name, path);
    if (there) {
      this.client.forget(there.node, 1);
      const now = yield* wait(this.client.lookup(this.work, staged));
      const one = must(now, path, 'cannot be looked up');
      this.client.forget(one.node, 1);
      if (isDirectory(there) || isDirectory(one)) yield* this.remove(directory, name, path);
    }
    must(yield* wait(this.client.rename(this.work, staged, directory, name)), path, 'cannot be moved into place');
  }

  /** Removes a name with all that is below it, in one step for who looks; whether there was one. */
  *remove(directory: number, name: string, path: string): Steps<boolean> {
    const there = yield* this.lookup(directory, name, path);
    if (!there) return false;
    this.client.forget(there.node, 1);
    if (!isDirectory(there)) {
      must(yield* wait(this.client.unlink(directory, name)), path, 'cannot be removed');
      return true;
    }
    const out = yield* this.name();
    must(yield* wait(this.client.rename(directory, name, this.work, out)), path, 'cannot be removed');
    must(yield* removeTree(this.client, this.work, out), path, 'cannot be removed');
    return true;
  }

  /** Makes a name that stands for nothing, so that it hides what layers further down have. */
  *whiteout(directory: number, name: string, path: string): Steps<void> {
    const staged = yield* this.name();
    const made = must(yield* wait(this.client.mknod(this.work, staged, 0o020000, 0)), path, 'cannot be hidden');
    this.client.forget(made.node, 1);
    yield* this.place(staged, directory, name, path);
  }
}
