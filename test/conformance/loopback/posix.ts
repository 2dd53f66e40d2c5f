import { nameBytes } from '../../../core/protocol/names.js';
import { ReleaseFlag } from '../../../core/protocol/flags.js';
import { Opcode } from '../../../core/protocol/opcode.js';
import {
  CopyFileRangeIn, CreateIn, EntryOut, FallocateIn, FlushIn, FsyncIn, LseekIn, MknodIn, OpenIn, OpenOut, ReadIn, ReleaseIn, SyncfsIn, WriteIn, WriteOut,
} from '../../../core/protocol/structs.js';
import { type DirectoryEntry, LOCK, type LockRange, type Mapping, O, type Posix, PosixError, type Process, SEEK, type Stat, type Time, type User } from '../posix.js';
import { setattr } from './attributes.js';
import { isAbsent, struct, terminated } from './connection.js';
import type { Inode } from './inodes.js';
import { records } from './listing.js';
import { flockRequest, lockReply, lockRequest, PROCESS } from './locks.js';
import { NameCalls } from './names.js';
import { fail } from './walk.js';

/** An open file description. `handle` is what OPEN answered. */
interface OpenFile {
  readonly inode: Inode;
  readonly handle: bigint;
  readonly flags: number;
  /** Lock owner, unique in the connection. */
  readonly owner: bigint;
  position: bigint;
  /** fds that refer to it. */
  references: number;
  /** Locks that the last close has to give back: OFD locks, and flock. */
  locked: { ofd: boolean; flock: boolean };
}

const errors = { EBADF: 9, EINVAL: 22, EISDIR: 21, ENOSYS: 38 } as const;
const error = (code: keyof typeof errors, call: string): PosixError => new PosixError(errors[code], call);
/** READDIRPLUS needs so much for one entry, of which some callers' buffers leave too little. */
const PLUS_LEAST = 1024;
/** What open(2) keeps from the file system. */
const KEPT = O.O_CREAT | O.O_EXCL | O.O_NOCTTY;

/** The table's calls as a kernel turns them into requests; checks that only a kernel makes are left out. */
export class Requests extends NameCalls implements Posix {
  private readonly files = new Map<number, OpenFile>();
  private next = 3;

  private file(fd: number, call: string): OpenFile {
    const file = this.files.get(fd);
    if (!file) throw error('EBADF', call);
    return file;
  }
  private readable(fd: number, call: string): OpenFile {
    const file = this.file(fd, call);
    if ((file.flags & O.O_ACCMODE) === O.O_WRONLY) throw error('EBADF', call);
    if (file.inode.isDirectory) throw error('EISDIR', call);
    return file;
  }
  private writable(fd: number, call: string): OpenFile {
    const file = this.file(fd, call);
    if ((file.flags & O.O_ACCMODE) === O.O_RDONLY) throw error('EBADF', call);
    return file;
  }
  private add(inode: Inode, reply: Buffer, at: number, flags: number): number {
    if (reply.length !== at + OpenOut.size_) throw new Error(`an open answered with ${reply.length} bytes`);
    const handle = reply.readBigUInt64LE(at + OpenOut.fh);
    const owner = BigInt(this.next) + PROCESS;
    return this.refer({ inode, handle, flags, owner, position: 0n, references: 0, locked: { ofd: false, flock: false } });
  }
  private refer(file: OpenFile): number {
    file.references++;
    this.files.set(this.next, file);
    return this.next++;
  }

  async open(path: string, flags: number, mode = 0o644): Promise<number> {
    if ((flags & O.O_TMPFILE) === O.O_TMPFILE) return this.on(path, true, ({ node }) => this.create(Opcode.TMPFILE, node, '/', flags, mode));
    const exclusive = (flags & O.O_CREAT) !== 0 && (flags & O.O_EXCL) !== 0;
    return this.walker.to(path, !exclusive && (flags & O.O_NOFOLLOW) === 0, async ({ directories, name, inode }) => {
      if ((flags & O.O_CREAT) !== 0 && (!inode || exclusive)) return this.create(Opcode.CREATE, directories.at(-1)!.node, name, flags, mode);
      return this.openNode(inode ?? fail('ENOENT', path), flags, path);
    });
  }

  private async create(opcode: Opcode.CREATE | Opcode.TMPFILE, directory: bigint, name: string, flags: number, mode: number): Promise<number> {
    const fields = struct(CreateIn.size_, {
      [CreateIn.flags]: flags, [CreateIn.mode]: O.S_IFREG | this.masked(mode & 0o7777), [CreateIn.umask]: this.mask,
    });
    try {
      const reply = await this.connection.request(opcode, directory, fields, terminated(name));
      return this.add(this.inodes.found(reply)!, reply, EntryOut.size_, flags);
    } catch (absent) {
      if (!isAbsent(absent)) throw absent;
    }
    await this.make(Opcode.MKNOD, directory, struct(MknodIn.size_, { [MknodIn.mode]: O.S_IFREG | this.masked(mode & 0o7777), [MknodIn.umask]: this.mask }), terminated(name));
    const inode = this.inodes.found(await this.connection.request(Opcode.LOOKUP, directory, terminated(name)))!;
    try {
      return await this.openNode(inode, flags, name);
    } finally {
      await this.inodes.release(inode);
    }
  }

  private async openNode(inode: Inode, flags: number, path: string): Promise<number> {
    if (inode.isLink) fail('ELOOP', path);
    if (inode.isDirectory && (flags & (O.O_ACCMODE | O.O_CREAT | O.O_TRUNC)) !== 0) throw error('EISDIR', path);
    if (!inode.isDirectory && (flags & O.O_DIRECTORY) !== 0) fail('ENOTDIR', path);
    const truncates = (flags & O.O_TRUNC) !== 0 && !this.features.atomicTruncate;
    const sent = flags & ~(truncates ? KEPT | O.O_TRUNC : KEPT);
    const opcode = inode.isDirectory ? Opcode.OPENDIR : Opcode.OPEN;
    const reply = await this.connection.request(opcode, inode.node, struct(OpenIn.size_, { [OpenIn.flags]: sent })).catch((absent: unknown) => {
      if (isAbsent(absent)) return Buffer.alloc(OpenOut.size_);
      throw absent;
    });
    const fd = this.add(this.inodes.use(inode), reply, 0, flags);
    if (truncates) await this.set(inode.node, setattr({ size: 0 }));
    return fd;
  }

  async close(fd: number): Promise<void> {
    const file = this.file(fd, 'close');
    const { inode, handle, flags, owner, locked } = file;
    this.files.delete(fd);
    if (!inode.isDirectory) {
      await this.connection.request(Opcode.FLUSH, inode.node, struct(FlushIn.size_, { [FlushIn.fh]: handle, [FlushIn.lock_owner]: PROCESS }));
    }
    if (--file.references > 0) return;
    if (locked.ofd) await this.connection.request(Opcode.SETLK, inode.node, lockRequest(handle, owner, { type: 'unlock', start: 0, length: 0 }));
    await this.connection.request(inode.isDirectory ? Opcode.RELEASEDIR : Opcode.RELEASE, inode.node, struct(ReleaseIn.size_, {
      [ReleaseIn.fh]: handle, [ReleaseIn.flags]: flags, [ReleaseIn.lock_owner]: owner, [ReleaseIn.release_flags]: locked.flock ? ReleaseFlag.FLOCK_UNLOCK : 0,
    }));
    await this.inodes.release(inode);
  }

  async read(fd: number, length: number): Promise<Uint8Array> {
    const file = this.readable(fd, 'read');
    const bytes = await this.readAt(file, length, file.position);
    file.position += BigInt(bytes.length);
    return bytes;
  }
  async pread(fd: number, length: number, offset: number): Promise<Uint8Array> {
    return this.readAt(this.readable(fd, 'pread'), length, BigInt(offset));
  }
  private async readAt({ inode, handle, flags }: OpenFile, length: number, offset: bigint): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let left = length, at = offset; left > 0; ) {
      const size = Math.min(left, this.features.maxWrite);
      const fields = { [ReadIn.fh]: handle, [ReadIn.offset]: at, [ReadIn.size]: size, [ReadIn.flags]: flags };
      const part = await this.connection.request(Opcode.READ, inode.node, struct(ReadIn.size_, fields));
      if (part.length > size) throw new Error(`READ: ${part.length} bytes for ${size}`);
      parts.push(part);
      left -= part.length;
      at += BigInt(part.length);
      if (part.length < size) break;
    }
    return Buffer.concat(parts);
  }

  async write(fd: number, data: string | Uint8Array): Promise<number> {
    const file = this.writable(fd, 'write');
    if (file.flags & O.O_APPEND) file.position = BigInt((await this.fstat(fd)).size);
    const written = await this.writeAt(file, data, file.position);
    file.position += BigInt(written);
    return written;
  }
  async pwrite(fd: number, data: string | Uint8Array, offset: number): Promise<number> {
    const file = this.writable(fd, 'pwrite');
    return this.writeAt(file, data, file.flags & O.O_APPEND ? BigInt((await this.fstat(fd)).size) : BigInt(offset));
  }
  private async writeAt({ inode, handle, flags }: OpenFile, data: string | Uint8Array, offset: bigint): Promise<number> {
    const bytes = typeof data === 'string' ? nameBytes(data) : data;
    let done = 0;
    while (done < bytes.length) {
      const part = bytes.subarray(done, done + this.features.maxWrite);
      const fields = { [WriteIn.fh]: handle, [WriteIn.offset]: offset + BigInt(done), [WriteIn.size]: part.length, [WriteIn.flags]: flags };
      const reply = await this.connection.request(Opcode.WRITE, inode.node, struct(WriteIn.size_, fields), part);
      const written = reply.readUInt32LE(WriteOut.size);
      if (written > part.length) throw new Error(`WRITE: ${written} of ${part.length} bytes`);
      done += written;
      if (written < part.length) break;
    }
    return done;
  }

  async preadv(fd: number, lengths: readonly number[], offset: number): Promise<Uint8Array[]> {
    const bytes = await this.pread(fd, lengths.reduce((sum, length) => sum + length, 0), offset);
    let at = 0;
    return lengths.map((length) => bytes.subarray(at, (at += length)));
  }
  pwritev(fd: number, parts: readonly string[], offset: number): Promise<number> {
    return this.pwrite(fd, parts.join(''), offset);
  }
  async lseek(fd: number, offset: number | bigint, whence: number): Promise<number> {
    const file = this.file(fd, 'lseek');
    const { inode, handle } = file;
    if (whence === SEEK.DATA || whence === SEEK.HOLE) {
      const fields = { [LseekIn.fh]: handle, [LseekIn.offset]: BigInt(offset), [LseekIn.whence]: whence };
      file.position = (await this.connection.request(Opcode.LSEEK, inode.node, struct(LseekIn.size_, fields))).readBigUInt64LE(0);
      return Number(file.position);
    }
    const bases: (bigint | undefined)[] = [0n, file.position, whence === SEEK.END ? BigInt((await this.fstat(fd)).size) : 0n];
    const base = bases[whence];
    if (base === undefined || base + BigInt(offset) < 0n) throw error('EINVAL', 'lseek');
    file.position = base + BigInt(offset);
    return Number(file.position);
  }

  async getdents(fd: number, size = 0x10000): Promise<DirectoryEntry[]> {
    const file = this.file(fd, 'getdents');
    const plus = this.features.readdirplus && size >= PLUS_LEAST;
    const fields = { [ReadIn.fh]: file.handle, [ReadIn.offset]: file.position, [ReadIn.size]: size };
    const reply = await this.connection.request(plus ? Opcode.READDIRPLUS : Opcode.READDIR, file.inode.node, struct(ReadIn.size_, fields));
    if (reply.length > size) throw new Error(`a listing of ${reply.length} bytes for ${size}`);
    const listed = records(reply, plus);
    for (const { entry } of listed) if (entry) await this.inodes.release(this.inodes.found(entry)!);
    file.position = listed.at(-1)?.offset ?? file.position;
    return listed;
  }

  fstat(fd: number): Promise<Stat> {
    const { inode, handle } = this.file(fd, 'fstat');
    return this.getattr(inode.node, inode.isDirectory ? undefined : handle);
  }
  async ftruncate(fd: number, size: number): Promise<void> {
    const { inode, handle, flags } = this.file(fd, 'ftruncate');
    if ((flags & O.O_ACCMODE) === O.O_RDONLY) throw error('EINVAL', 'ftruncate');
    return this.set(inode.node, setattr({ size, handle }));
  }
  fchmod(fd: number, mode: number): Promise<void> {
    const { inode } = this.file(fd, 'fchmod');
    return this.set(inode.node, setattr({ mode: inode.type | mode }));
  }
  fchown(fd: number, uid: number, gid: number): Promise<void> {
    return this.set(this.file(fd, 'fchown').inode.node, setattr({ uid, gid }));
  }
  futimens(fd: number, atime: Time, mtime: Time): Promise<void> {
    return this.setTimes(this.file(fd, 'futimens').inode.node, atime, mtime);
  }
  fsync(fd: number): Promise<void> {
    return this.sync(fd, 0);
  }
  fdatasync(fd: number): Promise<void> {
    return this.sync(fd, 1);
  }
  private async sync(fd: number, flags: number): Promise<void> {
    const { inode, handle } = this.file(fd, 'fsync');
    const opcode = inode.isDirectory ? Opcode.FSYNCDIR : Opcode.FSYNC;
    await this.connection.request(opcode, inode.node, struct(FsyncIn.size_, { [FsyncIn.fh]: handle, [FsyncIn.fsync_flags]: flags }));
  }
  async syncfs(fd: number): Promise<void> {
    this.file(fd, 'syncfs');
    await this.connection.request(Opcode.SYNCFS, this.inodes.root.node, struct(SyncfsIn.size_, {}));
  }
  async fallocate(fd: number, mode: number, offset: number, length: number): Promise<void> {
    const { inode, handle } = this.writable(fd, 'fallocate');
    await this.connection.request(Opcode.FALLOCATE, inode.node, struct(FallocateIn.size_, {
      [FallocateIn.fh]: handle, [FallocateIn.offset]: BigInt(offset), [FallocateIn.length]: BigInt(length), [FallocateIn.mode]: mode,
    }));
  }
  async copyFileRange(from: number, fromOffset: number, to: number, toOffset: number, length: number): Promise<number> {
    const source = this.readable(from, 'copy_file_range');
    const target = this.writable(to, 'copy_file_range');
    if (target.flags & O.O_APPEND) throw error('EBADF', 'copy_file_range');
    const apart = Math.abs(fromOffset - toOffset) >= length;
    if (source.inode === target.inode && !apart) throw error('EINVAL', 'copy_file_range');
    try {
      const reply = await this.connection.request(Opcode.COPY_FILE_RANGE, source.inode.node, struct(CopyFileRangeIn.size_, {
        [CopyFileRangeIn.fh_in]: source.handle, [CopyFileRangeIn.off_in]: BigInt(fromOffset), [CopyFileRangeIn.nodeid_out]: target.inode.node,
        [CopyFileRangeIn.fh_out]: target.handle, [CopyFileRangeIn.off_out]: BigInt(toOffset), [CopyFileRangeIn.len]: BigInt(length),
      }));
      return reply.readUInt32LE(WriteOut.size);
    } catch (absent) {
      if (!isAbsent(absent)) throw absent;
      return this.writeAt(target, await this.readAt(source, length, BigInt(fromOffset)), BigInt(toOffset));
    }
  }
  async dup(fd: number): Promise<number> {
    return this.refer(this.file(fd, 'dup'));
  }
  async flock(fd: number, operation: number): Promise<void> {
    const { inode, handle, owner, locked } = this.file(fd, 'flock');
    locked.flock = true;
    await this.connection.request(operation & LOCK.NB ? Opcode.SETLK : Opcode.SETLKW, inode.node, flockRequest(handle, owner, operation));
  }
  async setLock(fd: number, range: LockRange, ofd = false): Promise<void> {
    const needed = { read: this.readable, write: this.writable, unlock: this.file }[range.type];
    const { inode, handle, owner, locked } = needed.call(this, fd, 'fcntl');
    locked.ofd ||= ofd;
    await this.connection.request(Opcode.SETLK, inode.node, lockRequest(handle, ofd ? owner : PROCESS, range));
  }
  async getLock(fd: number, range: LockRange, ofd = false): Promise<LockRange> {
    const { inode, handle, owner } = this.file(fd, 'fcntl');
    const found = lockReply(await this.connection.request(Opcode.GETLK, inode.node, lockRequest(handle, ofd ? owner : PROCESS, range)));
    return found.type === 'unlock' ? { ...range, type: 'unlock' } : found;
  }
  linkFd(fd: number, to: string): Promise<void> {
    return this.linkNode(this.file(fd, 'linkat').inode.node, to);
  }

  async actAs(user: User = { uid: 0, gid: 0 }): Promise<void> {
    this.connection.caller = user;
  }
  access(): Promise<void> {
    return kernel('access');
  }
  getcwd(): Promise<string> {
    return kernel('getcwd');
  }
  sendfile(): Promise<number> {
    return kernel('sendfile');
  }
  spawn(): Promise<Process> {
    return kernel('fork');
  }
  mmap(): Promise<Mapping> {
    return kernel('mmap');
  }
}

/** What a behaviour that needs a kernel must not call here. */
function kernel(call: string): Promise<never> {
  return Promise.reject(new Error(`${call}: only through a kernel`));
}
