import { Column, Columns } from '../channel/columns.js';
import { cut, grown } from '../filesystem/nodes.js';

/** Where a transport's kernel can be told to read and write a file of this host by itself (FUSE_PASSTHROUGH, Linux 6.9). */
export interface KernelBacking {
  /** Registers an open file; its id, above 0, or a negative errno (`fuse_backing_map`, FUSE_DEV_IOC_BACKING_OPEN). */
  backingOpen(fd: number): number;
  backingClose(id: number): void;
  /** Lets the kernel forget the attributes of a node id, given as two words (FUSE_NOTIFY_INVAL_INODE). */
  forgetAttributes(node: number, generation: number): void;
}

interface Backing {
  /** 0: reads and writes of the node come to the plugin. */
  readonly id: number;
  opens: number;
  /** An open that may be mapped and stored to has been seen. */
  changes: boolean;
}

/**
 * The files that one session's kernel reads and writes by itself. All opens of a node that exist at one time go the same
 * way, as the kernel demands (EBUSY otherwise): the first of them decides.
 *
 * A store through a shared mapping goes past the FUSE inode, whose times the kernel would go on to show from its cache:
 * while such a file is open, its attributes are not to be cached.
 */
export class BackingFiles {
  private readonly nodes = new Map<number, Backing>();
  /** By node: 1 for those of `changes`. */
  private changing = new Uint8Array(64);

  constructor(private readonly kernel: KernelBacking, private readonly columns = new Columns()) {
    columns.set(Column.CHANGING, this.changing);
  }

  /** Counts an open of a node, whose data are those of `fd` (-1: of no file); the id for the reply, or 0. */
  opened(node: number, generation: number, fd: number, mayStore: boolean): number {
    let backing = this.nodes.get(node);
    if (!backing) this.nodes.set(node, (backing = { id: fd < 0 ? 0 : Math.max(this.kernel.backingOpen(fd), 0), opens: 0, changes: false }));
    backing.opens++;
    if (mayStore && backing.id > 0 && !backing.changes) {
      backing.changes = true;
      this.mark(node);
      this.kernel.forgetAttributes(node, generation);
    }
    return backing.id;
  }

  /** The node's attributes may change without a request. */
  changes(node: number): boolean {
    return this.changing[node] === 1;
  }

  private mark(node: number): void {
    if (node >= this.changing.length) {
      this.changing = grown(this.changing, new Uint8Array(Math.ceil(node * 1.5) + 1));
      this.columns.set(Column.CHANGING, this.changing);
    }
    this.changing[node] = 1;
  }

  /** No number from `size` on is in use. */
  trim(size: number): void {
    this.changing = cut(this.changing, size);
    this.columns.set(Column.CHANGING, this.changing);
  }

  released(node: number): void {
    const backing = this.nodes.get(node);
    if (!backing || --backing.opens > 0) return;
    if (backing.id > 0) this.kernel.backingClose(backing.id);
    if (backing.changes) this.changing[node] = 0;
    this.nodes.delete(node);
  }
}
