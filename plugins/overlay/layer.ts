import { Errno } from '../../core/filesystem/errno.js';
import type { Part } from '../../core/parts.js';
import { nameBytes } from '../../core/protocol/names.js';
import { OpenFlag, ROOT_NODE } from '../../core/protocol/flags.js';
import { Opcode } from '../../core/protocol/opcode.js';
import { Client, type Steps, wait } from '../../stack/index.js';
import type { OverlayNode } from './node.js';

/** Numbers of inodes below it are shown as they are, with the layer's number above; in bits. */
const INO_LIMIT = 2 ** 45;
/** Layer number of inodes whose own numbers are too large for that. */
const OVERFLOW = 255;
/** Numbers given out instead, in this process. */
let overflown = 0;

/** One file system of an overlay. `tag` counts from the bottom, 0 is the upper layer: numbers stay when a layer is added on top. */
export class Layer {
  readonly client: Client;
  /** An overlay's upper layer, or one that was: it keeps what only we know in its files. */
  readonly ours: boolean = false;
  /** Where the tree of this layer begins. */
  root = ROOT_NODE;
  /** It has extended attributes. */
  marked = true;
  /** Which node of the overlay shows a node of this layer on top. */
  readonly shown: (OverlayNode | undefined)[] = [];

  /** `client`: of another layer in the same file system. */
  constructor(readonly part: Part, readonly tag: number, slots: number, client?: Client) {
    this.client = client ?? new Client(part, slots);
  }

  /** Its READ and WRITE reach the file system itself: nobody around it wants to see them. */
  get bare(): boolean {
    const { plugin } = this.part;
    return plugin.isOwn(Opcode.READ) && plugin.isOwn(Opcode.WRITE);
  }

  /** Open flags of its file, as the overlay's own. */
  openFlags(flags: number): number {
    return this.part.plugin.hearsCloses ? flags & ~OpenFlag.NOFLUSH : flags;
  }

  /** The inode number to show: one that no other layer's has, and always the same for the same `ino`. */
  ino(ino: number): number {
    return ino < INO_LIMIT ? this.tag * INO_LIMIT + ino : this.overflow(ino);
  }
  private overflow(ino: number): number {
    const known = this.large.get(ino);
    if (known !== undefined) return known;
    const given = OVERFLOW * INO_LIMIT + ++overflown;
    this.large.set(ino, given);
    return given;
  }
  /** What is shown for numbers that are too large; kept as long as the overlay is, since nobody says when a number is done with. */
  private readonly large = new Map<number, number>();

  /** The value of a private attribute as text; undefined when there is none. */
  *mark(node: number, name: string): Steps<string | undefined | Errno> {
    if (!this.marked) return undefined;
    const value = yield* wait(this.client.getxattr(node, name));
    if (typeof value !== 'number') return Buffer.from(value).toString('latin1');
    return value === Errno.ENODATA || value === Errno.EOPNOTSUPP || value === Errno.EPERM ? undefined : value;
  }
  *setMark(node: number, name: string, value: string): Steps<0 | Errno> {
    return yield* wait(this.client.setxattr(node, name, nameBytes(value)));
  }
}
