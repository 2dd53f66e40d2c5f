import { ROOT_NODE } from '../../../core/protocol/flags.js';
import { Opcode } from '../../../core/protocol/opcode.js';
import { Attr, EntryOut, ForgetIn } from '../../../core/protocol/structs.js';
import { O } from '../posix.js';
import { type Connection, struct } from './connection.js';

/** A node that the file system told of: `lookups` times, and in use by `users` paths and open files. */
export class Inode {
  lookups = 0;
  users = 0;

  constructor(
    readonly node: bigint,
    readonly type: number,
  ) {}
  get isDirectory(): boolean {
    return this.type === O.S_IFDIR;
  }
  get isLink(): boolean {
    return this.type === O.S_IFLNK;
  }
}

/** The nodes in use. One that nobody uses any more is forgotten at once, as a kernel short of memory would. */
export class Inodes {
  readonly root = new Inode(BigInt(ROOT_NODE), O.S_IFDIR);
  private readonly known = new Map<bigint, Inode>();

  constructor(private readonly connection: Connection) {}

  /** Takes the node of `struct fuse_entry_out` into use; undefined for a negative entry. */
  found(reply: Buffer): Inode | undefined {
    const node = reply.readBigUInt64LE(EntryOut.nodeid);
    if (node === 0n) return undefined;
    const type = reply.readUInt32LE(EntryOut.attr + Attr.mode) & O.S_IFMT;
    let inode = this.known.get(node);
    if (inode && inode.type !== type) throw new Error(`node ${node} has changed its type`);
    if (!inode) this.known.set(node, (inode = new Inode(node, type)));
    inode.lookups++;
    return this.use(inode);
  }
  use(inode: Inode): Inode {
    inode.users++;
    return inode;
  }
  async release(inode: Inode): Promise<void> {
    if (--inode.users > 0 || inode === this.root) return;
    this.known.delete(inode.node);
    await this.connection.tell(Opcode.FORGET, inode.node, struct(ForgetIn.size_, { [ForgetIn.nlookup]: BigInt(inode.lookups) }));
  }
}
