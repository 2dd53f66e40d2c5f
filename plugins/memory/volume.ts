import { totalmem } from 'node:os';
import { NodeTable } from '../../core/filesystem/nodes.js';
import { ROOT_NODE } from '../../core/protocol/flags.js';
import { Clock } from './clock.js';
import { Directory } from './directory-index.js';
import { Inode } from './inode.js';
import { S_IFDIR, S_IFREG } from '../../core/protocol/mode.js';
import type { MemoryOptions } from './options.js';
import { PAGE_BLOCKS, PAGE_SIZE } from './page.js';
import { PageStore } from './page-store.js';
import { PageTree } from './page-tree.js';
import { Quota } from './quota.js';
import { Streams } from './streams.js';
import { xattrSpace } from './xattr-store.js';

/** What an inode, or a further name of one, takes of the inode space, in bytes, as in tmpfs. */
export const INODE_SPACE = 1024;

/** Bytes of a symbolic link's target that tmpfs keeps in the inode; a longer one takes a page. */
const SHORT_TARGET = 128;

/** Pages that the target of a symbolic link takes, of so many bytes. */
export const targetPages = (bytes: number): number => (bytes < SHORT_TARGET ? 0 : 1);

/** The state of one memory file system. */
export class Volume {
  readonly clock = new Clock();
  readonly pages = new PageStore();
  readonly streams = new Streams();
  /** Pages of data. */
  readonly blocks: Quota;
  /** Bytes, of which inodes, names and extended attributes take. */
  readonly inodeSpace: Quota;
  private readonly inodes: (Inode | undefined)[] = [];
  /** The greatest inode number given out. */
  lastIno = 0;
  root: Inode;

  constructor(options: MemoryOptions, private readonly nodes: NodeTable) {
    this.blocks = new Quota(Math.ceil((options.size || totalmem()) / PAGE_SIZE));
    this.inodeSpace = new Quota(Math.min(options.inodes || Infinity, NodeTable.LIMIT / 2) * INODE_SPACE);
    this.inodeSpace.take(INODE_SPACE);
    this.root = this.make(ROOT_NODE, S_IFDIR | options.mode, options.uid, options.gid);
    this.root.directory = new Directory(this.root, this.root);
    this.root.nlink = 2;
    nodes.follow((size) => {
      if (this.inodes.length > size) this.inodes.length = size;
    });
  }

  /** The inode of a node that the session has checked. */
  inode(node: number): Inode {
    return this.inodes[node]!;
  }
  directory(node: number): Directory | undefined {
    return this.inodes[node]!.directory;
  }

  /** A new inode with one link and no name yet; undefined when there are too many. */
  create(mode: number, uid: number, gid: number): Inode | undefined {
    if (!this.inodeSpace.take(INODE_SPACE)) return undefined;
    return this.make(this.nodes.allocate(), mode, uid, gid);
  }

  private make(node: number, mode: number, uid: number, gid: number): Inode {
    const inode = new Inode(node);
    inode.ino = ++this.lastIno;
    inode.mode = mode;
    inode.uid = uid;
    inode.gid = gid;
    inode.modified(this.clock);
    inode.atime = inode.btime = inode.mtime;
    inode.atimeNsec = inode.btimeNsec = inode.mtimeNsec;
    if (inode.type === S_IFREG) inode.pages = new PageTree();
    this.inodes[node] = inode;
    return inode;
  }

  /** Counts one name less. */
  unlink(inode: Inode): void {
    if (inode.nlink > 1) this.inodeSpace.give(INODE_SPACE);
    inode.nlink--;
    inode.changed(this.clock);
    this.reap(inode);
  }

  /** Frees an inode that has no name and that no kernel refers to; calls for others are ignored. */
  reap(inode: Inode): void {
    if (inode.nlink > 0 || this.nodes.references[inode.node]! > 0) return;
    this.free(inode);
    this.inodes[inode.node] = undefined;
    this.nodes.release(inode.node);
  }

  /** Gives back the space that an inode takes, its further names not counted. The root's own is there as long as the volume. */
  free(inode: Inode): void {
    this.clear(inode, 0, Infinity);
    for (const [name, value] of inode.xattrs ?? []) this.inodeSpace.give(xattrSpace(name, value));
    if (inode.target !== undefined) this.blocks.give(inode.blocks / PAGE_BLOCKS);
    if (inode.node !== ROOT_NODE) this.inodeSpace.give(INODE_SPACE);
  }

  /** All files, the root first. */
  files(): Inode[] {
    return this.inodes.filter((inode) => inode !== undefined);
  }

  /** There is nothing but the root. */
  get empty(): boolean {
    return this.files().length === 1;
  }

  /** Takes files for its own, a root among them, in place of the root alone; their space is taken already. */
  adopt(files: readonly Inode[], lastIno: number): void {
    this.free(this.root);
    for (const inode of files) this.inodes[inode.node] = inode;
    this.root = this.inodes[ROOT_NODE]!;
    this.lastIno = lastIno;
  }

  forget(node: number): void {
    const inode = this.inodes[node];
    if (inode) this.reap(inode);
  }

  /** Frees the pages of a file from index `from` to before `to`. */
  clear(inode: Inode, from: number, to: number): void {
    if (!inode.pages) return;
    const pages = inode.pages.clear(from, to, this.pages);
    inode.blocks -= pages * PAGE_BLOCKS;
    this.blocks.give(pages);
  }
}
