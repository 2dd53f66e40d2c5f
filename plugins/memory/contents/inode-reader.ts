import { NAME_MAX, ROOT_NODE } from '../../../core/protocol/flags.js';
import { S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFREG, S_IFSOCK } from '../../../core/protocol/mode.js';
import { nameText } from '../../../core/protocol/names.js';
import { type Source, Unreadable } from '../../../core/state/source.js';
import { isAclName } from '../acl.js';
import { checkAcl } from '../acl-value.js';
import { Directory } from '../directory-index.js';
import { SIZE_MAX } from '../extent.js';
import { Inode as File } from '../inode.js';
import { PAGE_BLOCKS } from '../page.js';
import { PageTree } from '../page-tree.js';
import { INODE_SPACE, targetPages, type Volume } from '../volume.js';
import { store } from '../xattr-store.js';
import { Inode, LINKABLE, Xattr } from './format.js';
import { type Listing, readListing } from './listing.js';
import { NO_ROOM } from './no-room.js';

interface Read {
  readonly inode: File;
  readonly generation: number;
  readonly listing?: Listing;
}

const TYPES: readonly number[] = [S_IFREG, S_IFDIR, S_IFLNK, S_IFCHR, S_IFBLK, S_IFIFO, S_IFSOCK];
const MODE = 0o177777;
/** XATTR_SIZE_MAX and PATH_MAX. */
const VALUE_MAX = 1 << 16;
const TARGET_MAX = 4096;

/** Reads inodes, with space for them taken of a volume. */
export class InodeReader {
  private readonly inos = new Set<number>();

  constructor(private readonly volume: Volume, private readonly source: Source, private readonly lastIno: number) {}

  /** The next one, without a name. What it holds of the volume is to be given back when it is not used. */
  async read(): Promise<Read> {
    const { source } = this;
    const record = await source.view(Inode.SIZE);
    const inode = new File(record.getUint32(Inode.node, true));
    const generation = record.getUint32(Inode.generation, true);
    const xattrs = record.getUint32(Inode.xattrs, true);
    this.attributes(inode, record);
    // The root's space is taken already.
    if (inode.node !== ROOT_NODE && !this.volume.inodeSpace.take(INODE_SPACE)) throw new Unreadable(NO_ROOM);
    try {
      for (let i = 0; i < xattrs; i++) await this.xattr(inode);
      if (inode.type === S_IFLNK) await this.target(inode);
      if (inode.type === S_IFREG) inode.pages = new PageTree();
      if (inode.type !== S_IFDIR) return { inode, generation };
      inode.directory = new Directory(inode, inode);
      return { inode, generation, listing: await readListing(source) };
    } catch (error) {
      this.volume.free(inode);
      throw error;
    }
  }

  private attributes(inode: File, record: DataView): void {
    const word = (field: number): number => record.getUint32(field, true);
    const number = (field: number): number => record.getFloat64(field, true);
    inode.ino = number(Inode.ino);
    inode.mode = word(Inode.mode);
    inode.uid = word(Inode.uid);
    inode.gid = word(Inode.gid);
    inode.linkable = (word(Inode.flags) & LINKABLE) !== 0 && inode.type === S_IFREG;
    inode.nlink = 0;
    if (inode.type === S_IFCHR || inode.type === S_IFBLK) inode.rdev = word(Inode.rdev);
    if (inode.type === S_IFREG) inode.size = number(Inode.size);
    for (const time of ['atime', 'mtime', 'ctime', 'btime'] as const) {
      inode[time] = number(Inode[time]);
      inode[`${time}Nsec`] = word(Inode[`${time}Nsec`]);
      if (!Number.isSafeInteger(inode[time]) || inode[`${time}Nsec`] >= 1e9) throw new Unreadable('it has a file with a time that is none');
    }
    const sound = Number.isSafeInteger(inode.ino) && inode.ino > 0 && inode.ino <= this.lastIno && Number.isSafeInteger(inode.size) && inode.size >= 0
      && inode.size <= SIZE_MAX && TYPES.includes(inode.type) && (inode.mode & ~MODE) === 0 && !this.inos.has(inode.ino);
    if (!sound) throw new Unreadable('it has a file with attributes that are none');
    this.inos.add(inode.ino);
  }

  private async xattr(inode: File): Promise<void> {
    const head = await this.source.view(Xattr.SIZE);
    const [nameLength, length] = [head.getUint32(Xattr.name, true), head.getUint32(Xattr.value, true)];
    if (nameLength === 0 || nameLength > NAME_MAX || length > VALUE_MAX) throw new Unreadable('it has an extended attribute that is too long');
    const name = nameText((await this.source.take(nameLength)).slice());
    const value = (await this.source.take(length)).slice();
    if (isAclName(name) && checkAcl(value) !== 0) throw new Unreadable('it has an ACL that is none');
    if (!store(this.volume, inode, name, value)) throw new Unreadable(NO_ROOM);
  }

  private async target(inode: File): Promise<void> {
    const length = await this.word();
    if (length === 0 || length >= TARGET_MAX) throw new Unreadable('it has a symbolic link that is too long');
    const pages = targetPages(length);
    if (!this.volume.blocks.take(pages)) throw new Unreadable(NO_ROOM);
    inode.size = length;
    inode.blocks = pages * PAGE_BLOCKS;
    // Counted from here on: what is taken can be given back.
    inode.target = '';
    inode.target = nameText((await this.source.take(length)).slice());
  }

  private async word(): Promise<number> {
    return (await this.source.view(4)).getUint32(0, true);
  }
}
