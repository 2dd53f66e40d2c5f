import { randomBytes } from 'node:crypto';
import { Errno, errnoName } from '../../core/filesystem/errno.js';
import { ROOT_NODE } from '../../core/protocol/flags.js';
import type { Part } from '../../core/parts.js';
import { type Client, emptyDirectory, type Found, removeTree, type Steps, wait } from '../../stack/index.js';
import { UpperUnusable } from '../../core/errors.js';
import { Layer } from './layer.js';
import { lock } from './lock.js';
import type { Marks, Prefix } from './marks.js';
import { S_IFCHR, S_IFDIR, S_IFMT } from '../../core/protocol/mode.js';

const SLOTS = 16;

/** The layer that takes the changes. What is made for it is made in the work directory first, and moved into place when it is complete. */
export class Upper extends Layer {
  override readonly ours = true;
  /** Where the tree of this layer hangs. */
  home = { directory: 0, name: '' };
  work = 0;
  /** Where former upper layers are kept. */
  snapshots = 0;
  /** Where copies of files with several names are found by their inode number. */
  links = 0;
  /** The directory of the others but the tree. */
  workshop = 0;
  /** Whiteouts are character devices 0:0; otherwise empty files with a mark. */
  devices = true;
  private counter = 0;
  private readonly run = randomBytes(3).toString('hex');

  constructor(part: Part, readonly isVolatile: boolean, client?: Client) {
    super(part, 0, SLOTS, client);
  }

  /** Another layer in this file system; its tree and its links are yet to be named. */
  another(): Upper {
    const other = new Upper(this.part, this.isVolatile, this.client);
    const { marked, devices, home, work, snapshots, workshop } = this;
    return Object.assign(other, { marked, devices, home, work, snapshots, workshop });
  }

  /** A name in the work directory that nobody has. */
  name(): string {
    return `#${this.run}${(++this.counter).toString(16)}`;
  }

  /** Finds or makes all directories, empties the work directory, tries what the file system can do; returns the name space of the marks. */
  *prepare(upperdir: string, workdir: string, wanted: Prefix | undefined, place: string): Steps<Prefix> {
    const cut = upperdir.lastIndexOf('/');
    this.workshop = yield* this.directory(workdir, 0o755);
    yield* lock(this, this.workshop, place);
    this.home = { directory: cut < 0 ? ROOT_NODE : yield* this.directory(upperdir.slice(0, cut), 0o755), name: upperdir.slice(cut + 1) };
    this.snapshots = yield* this.directory(`${workdir}/fusewire-snapshots`, 0o700);
    this.root = yield* this.directory(upperdir, 0o755);
    this.work = yield* this.directory(`${workdir}/work`, 0o700);
    yield* this.empty(this.work);
    const prefix = wanted ?? ((yield* this.takesMark('trusted.overlay.opaque')) ? 'trusted.overlay.' : 'user.overlay.');
    this.marked = yield* this.takesMark(`${prefix}opaque`);
    this.devices = yield* this.takesDevice();
    if (!this.devices && !this.marked) throw UpperUnusable('has neither device files nor extended attributes, and so no way to say that a file is deleted');
    return prefix;
  }

  /** The node of a directory below the root, or below another one, which is made when it is not there. */
  *directory(path: string, mode: number, from: number = ROOT_NODE): Steps<number> {
    let node = from;
    for (const name of path.split('/')) {
      let found = yield* wait(this.client.lookup(node, name));
      if (found === Errno.ENOENT) found = yield* wait(this.client.mkdir(node, name, mode));
      if (typeof found === 'number') throw UpperUnusable(`${path} cannot be made in it: ${errnoName(found)}`);
      if ((found.attributes.mode & S_IFMT) !== S_IFDIR) throw UpperUnusable(`${path} is not a directory in it`);
      if (node !== from) this.client.forget(node, 1);
      node = found.node;
    }
    return node;
  }

  private *takesMark(name: string): Steps<boolean> {
    const error = yield* this.setMark(this.work, name, 'n');
    if (error < 0) return false;
    yield* wait(this.client.removexattr(this.work, name));
    return true;
  }

  private *takesDevice(): Steps<boolean> {
    const name = this.name();
    const made = yield* wait(this.client.mknod(this.work, name, S_IFCHR, 0));
    if (typeof made === 'number') return false;
    this.client.forget(made.node, 1);
    yield* wait(this.client.unlink(this.work, name));
    return (made.attributes.mode & S_IFMT) === S_IFCHR && made.attributes.rdev === 0;
  }

  /** Removes all that a directory of this layer holds. */
  empty(directory: number): Steps<0 | Errno> {
    return emptyDirectory(this.client, directory);
  }

  /** Removes a file, or a directory with all that it holds. */
  remove(directory: number, name: string): Steps<0 | Errno> {
    return removeTree(this.client, directory, name);
  }

  /** Makes a whiteout in a directory of this layer. */
  *whiteout(directory: number, name: string, marks: Marks): Steps<0 | Errno> {
    const made: Found | Errno = yield* wait(this.client.mknod(directory, name, this.devices ? S_IFCHR : 0o100000, 0));
    if (typeof made === 'number') return made;
    const error = this.devices ? 0 : yield* this.setMark(made.node, marks.whiteout, 'y');
    this.client.forget(made.node, 1);
    return error;
  }

  /** Has a directory of this layer say that there may be whiteouts in it that are regular files. */
  *announce(directory: number, marks: Marks): Steps<0 | Errno> {
    if (this.devices) return 0;
    const mark = yield* this.mark(directory, marks.opaque);
    return typeof mark === 'number' ? mark : mark === undefined ? yield* this.setMark(directory, marks.opaque, 'x') : 0;
  }
}
