import type { Loaded } from '../../../core/filesystem/persistence.js';
import { NodeTable } from '../../../core/filesystem/nodes.js';
import { ROOT_NODE } from '../../../core/protocol/flags.js';
import type { SavedNode } from '../../../core/state/saved.js';
import { type Source, Unreadable } from '../../../core/state/source.js';
import type { Inode } from '../inode.js';
import { INODE_SPACE, type Volume } from '../volume.js';
import { readData } from './data.js';
import { Head, MAGIC, VERSION } from './format.js';
import { InodeReader } from './inode-reader.js';
import type { Listing } from './listing.js';
import { NO_ROOM } from './no-room.js';

/** Node numbers further apart than this are none of ours: tables are as long as the largest asks for. */
const SPARSE = 1 << 20;

/** Files that were read and are not yet those of the volume, though their space is taken there. */
class Staged implements Loaded {
  readonly files = new Map<number, Inode>();
  readonly generations = new Map<number, number>();
  readonly listings: (Listing & { readonly inode: Inode })[] = [];
  lastIno = 0;

  constructor(readonly volume: Volume, private readonly nodes: NodeTable) {}

  keep(): boolean {
    if (!this.volume.empty) {
      this.drop();
      return false;
    }
    this.nodes.restore(this.generations);
    this.volume.adopt([...this.files.values()], this.lastIno);
    return true;
  }

  drop(): void {
    for (const inode of this.files.values()) {
      if (!inode.directory && inode.nlink > 1) this.volume.inodeSpace.give((inode.nlink - 1) * INODE_SPACE);
      this.volume.free(inode);
    }
    this.files.clear();
  }
}

/** Reads what `saveVolume` wrote. Whatever could be computed is: link counts, sizes of directories, blocks. */
export async function loadVolume(volume: Volume, nodes: NodeTable, source: Source, held: ReadonlyMap<number, SavedNode>): Promise<Loaded> {
  const head = await source.view(Head.SIZE);
  if (head.getUint32(Head.magic, true) !== MAGIC || head.getUint32(Head.version, true) !== VERSION) throw new Unreadable('its files are not of this kind of file system');
  const count = head.getUint32(Head.inodes, true);
  const staged = new Staged(volume, nodes);
  staged.lastIno = head.getFloat64(Head.lastIno, true);
  const reader = new InodeReader(volume, source, staged.lastIno);
  try {
    for (let i = 0; i < count; i++) {
      const { inode, generation, listing } = await reader.read();
      const { node } = inode;
      if (staged.files.has(node) || (node === ROOT_NODE) !== (i === 0) || node < ROOT_NODE || node > Math.min(count * 16 + SPARSE, NodeTable.LIMIT - 1)) {
        volume.free(inode);
        throw new Unreadable(`it has a file numbered ${node}`);
      }
      staged.files.set(node, inode);
      staged.generations.set(node, generation);
      if (listing) staged.listings.push({ inode, ...listing });
      await readData(volume, source, inode);
    }
    staged.generations.delete(ROOT_NODE);
    if (!staged.files.get(ROOT_NODE)?.directory) throw new Unreadable('it has no root directory');
    link(staged);
    check(staged, held);
    return staged;
  } catch (error) {
    staged.drop();
    throw error;
  }
}

/** Gives the files their names. */
function link({ volume, files, listings }: Staged): void {
  const root = files.get(ROOT_NODE)!;
  root.nlink = 2;
  const parents = new Map<Inode, Inode>();
  for (const { inode: parent, last, entries } of listings) {
    const directory = parent.directory!;
    for (const { node, name, cookie } of entries) {
      const child = files.get(node);
      if (!child || child === root || parents.has(child) || directory.get(name) || !directory.place(name, child, cookie)) throw new Unreadable('it has a name of no file, or of two');
      if (child.directory) {
        parents.set(child, parent);
        child.directory.parent = parent;
        child.nlink += 2;
        parent.nlink++;
      } else if (child.nlink > 0 && !volume.inodeSpace.take(INODE_SPACE)) throw new Unreadable(NO_ROOM);
      else child.nlink++;
    }
    if (!directory.endAt(last)) throw new Unreadable('it has a directory whose names are out of order');
  }
  reachable(root, parents);
}

/** Every directory that has a name is below the root: none is below itself. */
function reachable(root: Inode, parents: ReadonlyMap<Inode, Inode>): void {
  const known = new Set<Inode | undefined>([root]);
  for (const start of parents.keys()) {
    const way: Inode[] = [];
    let at: Inode | undefined = start;
    for (; at && !known.has(at) && way.length <= parents.size; at = parents.get(at)) way.push(at);
    if (!known.has(at)) throw new Unreadable('it has a directory that is nowhere');
    for (const inode of way) known.add(inode);
  }
}

/** The guest's nodes are there, and what has no name is one of them. */
function check({ files, generations, listings }: Staged, held: ReadonlyMap<number, SavedNode>): void {
  for (const inode of files.values()) if (inode.nlink === 0 && !held.has(inode.node)) throw new Unreadable(`it has a file ${inode.node} that nobody can reach`);
  for (const { inode, entries } of listings) if (inode.nlink === 0 && entries.length > 0) throw new Unreadable(`it has a directory ${inode.node} that was removed with files in it`);
  for (const [node, { generation, saved }] of held) {
    if (generations.get(node) !== generation || saved.length !== 2 || files.get(node)!.ino !== saved[0]! + saved[1]! * 2 ** 32) throw new Unreadable(`it has no file ${node}, which the guest has`);
  }
}

