import { nameBytes, nameText } from '../../../core/protocol/names.js';
import { Opcode } from '../../../core/protocol/opcode.js';
import { AttrOut, EntryOut, GetattrIn, GetxattrIn, LinkIn, MkdirIn, MknodIn, Rename2In, RenameIn, SetxattrIn, Statx, StatxIn, StatxOut } from '../../../core/protocol/structs.js';
import { GETATTR_FH } from '../../../core/protocol/flags.js';
import type { Stat, Statfs, Time } from '../posix.js';
import { setattr, setTimes, stat, statfs } from './attributes.js';
import { type Connection, isAbsent, struct, terminated } from './connection.js';
import type { Features } from './features.js';
import type { Inode, Inodes } from './inodes.js';
import { fail, type Place, Walker } from './walk.js';

const STATX_BTIME = 0x800;
const XATTR_SIZE_MAX = 0x10000;

/** The calls that take paths, as requests. */
export abstract class NameCalls {
  protected readonly walker: Walker;
  protected mask = 0o022;

  constructor(
    protected readonly connection: Connection,
    protected readonly inodes: Inodes,
    protected readonly features: Features,
  ) {
    this.walker = new Walker(connection, inodes);
  }

  /** Does something with the file or directory of a path. */
  protected on<T>(path: string, follow: boolean, what: (inode: Inode) => Promise<T>): Promise<T> {
    return this.walker.to(path, follow, ({ inode }) => what(inode ?? fail('ENOENT', path)));
  }
  /** Does something with a directory and a name in it; what has the name is asked about by LOOKUP first, as by a kernel. */
  protected in<T>(path: string, what: (directory: bigint, name: Buffer, place: Place) => Promise<T>): Promise<T> {
    return this.walker.to(path, false, (place) => what(place.directories.at(-1)!.node, terminated(place.name), place));
  }
  /** A request that is answered with an entry, which nobody uses then. */
  protected async make(opcode: Opcode, directory: bigint, ...parts: Buffer[]): Promise<void> {
    const reply = await this.connection.request(opcode, directory, ...parts);
    if (reply.length !== EntryOut.size_) throw new Error(`${Opcode[opcode]}: an entry of ${reply.length} bytes`);
    const inode = this.inodes.found(reply);
    if (!inode) throw new Error(`${Opcode[opcode]}: no node`);
    await this.inodes.release(inode);
  }
  /** The mode of something new, and the umask that goes with it. */
  protected masked(mode: number): number {
    return this.features.umask ? mode : mode & ~this.mask;
  }

  chdir(path: string): Promise<void> {
    return this.walker.changeDirectory(path);
  }
  async umask(mask: number): Promise<number> {
    const before = this.mask;
    this.mask = mask;
    return before;
  }

  stat(path: string): Promise<Stat> {
    return this.on(path, true, ({ node }) => this.getattr(node));
  }
  lstat(path: string): Promise<Stat> {
    return this.on(path, false, ({ node }) => this.getattr(node));
  }
  protected async getattr(node: bigint, handle?: bigint): Promise<Stat> {
    const flags = handle === undefined ? 0 : GETATTR_FH;
    const fields = { [GetattrIn.getattr_flags]: flags, [GetattrIn.fh]: handle ?? 0n };
    const reply = await this.connection.request(Opcode.GETATTR, node, struct(GetattrIn.size_, fields));
    if (reply.length !== AttrOut.size_) throw new Error(`GETATTR: attributes of ${reply.length} bytes`);
    const more = await this.connection.request(Opcode.STATX, node, struct(StatxIn.size_, { ...fields, [StatxIn.sx_mask]: 0xfff })).catch((error: unknown) => {
      if (isAbsent(error)) return undefined;
      throw error;
    });
    return stat(reply, AttrOut.attr, more && (more.readUInt32LE(StatxOut.stat + Statx.mask) & STATX_BTIME) !== 0 ? birth(more) : 0n);
  }
  statfs(path: string): Promise<Statfs> {
    return this.on(path, true, async ({ node }) => statfs(await this.connection.request(Opcode.STATFS, node)));
  }
  protected async set(node: bigint, changes: Buffer): Promise<void> {
    const reply = await this.connection.request(Opcode.SETATTR, node, changes);
    if (reply.length !== AttrOut.size_) throw new Error(`SETATTR: attributes of ${reply.length} bytes`);
  }
  chmod(path: string, mode: number): Promise<void> {
    return this.on(path, true, ({ node, type }) => this.set(node, setattr({ mode: type | mode })));
  }
  chown(path: string, uid: number, gid: number): Promise<void> {
    return this.on(path, false, ({ node }) => this.set(node, setattr({ uid, gid })));
  }
  truncate(path: string, size: number): Promise<void> {
    return this.on(path, true, ({ node }) => this.set(node, setattr({ size })));
  }
  /** To omit both times is nothing to ask for, utimensat(2). */
  protected async setTimes(node: bigint, atime: Time, mtime: Time): Promise<void> {
    if (atime !== 'omit' || mtime !== 'omit') await this.set(node, setTimes(atime, mtime));
  }
  utimens(path: string, atime: Time, mtime: Time): Promise<void> {
    return this.on(path, false, ({ node }) => this.setTimes(node, atime, mtime));
  }

  mkdir(path: string, mode = 0o755): Promise<void> {
    const fields = struct(MkdirIn.size_, { [MkdirIn.mode]: this.masked(mode & 0o1777), [MkdirIn.umask]: this.mask });
    return this.in(path, (directory, name) => this.make(Opcode.MKDIR, directory, fields, name));
  }
  mknod(path: string, mode: number, rdev = 0): Promise<void> {
    const fields = struct(MknodIn.size_, { [MknodIn.mode]: this.masked(mode), [MknodIn.rdev]: rdev, [MknodIn.umask]: this.mask });
    return this.in(path, (directory, name) => this.make(Opcode.MKNOD, directory, fields, name));
  }
  symlink(target: string, path: string): Promise<void> {
    return this.in(path, (directory, name) => this.make(Opcode.SYMLINK, directory, name, terminated(target)));
  }
  link(from: string, to: string): Promise<void> {
    return this.on(from, false, ({ node }) => this.linkNode(node, to));
  }
  protected linkNode(node: bigint, to: string): Promise<void> {
    return this.in(to, (directory, name) => this.make(Opcode.LINK, directory, struct(LinkIn.size_, { [LinkIn.oldnodeid]: node }), name));
  }
  async rmdir(path: string): Promise<void> {
    await this.in(path, (directory, name) => this.connection.request(Opcode.RMDIR, directory, name));
  }
  async unlink(path: string): Promise<void> {
    await this.in(path, (directory, name) => this.connection.request(Opcode.UNLINK, directory, name));
  }
  async rename(from: string, to: string, flags = 0): Promise<void> {
    await this.in(from, (directory, name) => this.in(to, (newdir, newName) => flags === 0
      ? this.connection.request(Opcode.RENAME, directory, struct(RenameIn.size_, { [RenameIn.newdir]: newdir }), name, newName)
      : this.connection.request(Opcode.RENAME2, directory, struct(Rename2In.size_, { [Rename2In.newdir]: newdir, [Rename2In.flags]: flags }), name, newName)));
  }
  readlink(path: string): Promise<string> {
    return this.on(path, false, async ({ node }) => nameText(await this.connection.request(Opcode.READLINK, node)));
  }

  getxattr(path: string, name: string): Promise<Uint8Array> {
    return this.on(path, false, ({ node }) => this.attribute(Opcode.GETXATTR, node, XATTR_SIZE_MAX, terminated(name)));
  }
  async getxattrSize(path: string, name: string, size: number): Promise<number> {
    return this.on(path, false, async ({ node }) => sizeOf(await this.attribute(Opcode.GETXATTR, node, size, terminated(name)), size));
  }
  async setxattr(path: string, name: string, value: string | Uint8Array, flags = 0): Promise<void> {
    const bytes = typeof value === 'string' ? nameBytes(value) : value;
    const fields = struct(this.features.setxattrExt ? SetxattrIn.size_ : 8, { [SetxattrIn.size]: bytes.length, [SetxattrIn.flags]: flags });
    await this.on(path, false, ({ node }) => this.connection.request(Opcode.SETXATTR, node, fields, terminated(name), bytes));
  }
  async listxattr(path: string): Promise<string[]> {
    const list = await this.on(path, false, ({ node }) => this.attribute(Opcode.LISTXATTR, node, XATTR_SIZE_MAX));
    return list.length === 0 ? [] : nameText(list.subarray(0, -1)).split('\0');
  }
  async listxattrSize(path: string, size: number): Promise<number> {
    return this.on(path, false, async ({ node }) => sizeOf(await this.attribute(Opcode.LISTXATTR, node, size), size));
  }
  async removexattr(path: string, name: string): Promise<void> {
    await this.on(path, false, ({ node }) => this.connection.request(Opcode.REMOVEXATTR, node, terminated(name)));
  }
  private attribute(opcode: Opcode, node: bigint, size: number, ...name: Buffer[]): Promise<Buffer> {
    return this.connection.request(opcode, node, struct(GetxattrIn.size_, { [GetxattrIn.size]: size }), ...name);
  }
}

/** `struct fuse_getxattr_out` when the size was asked for, else the value itself. */
const sizeOf = (reply: Buffer, size: number): number => (size === 0 ? reply.readUInt32LE(0) : reply.length);

function birth(reply: Buffer): bigint {
  const at = StatxOut.stat + Statx.btime;
  return reply.readBigInt64LE(at) * 1_000_000_000n + BigInt(reply.readUInt32LE(at + 8));
}
