import { nameText } from '../../../core/protocol/names.js';
import type { DirectoryEntry, LockRange, Mapping, Posix, Process, Stat, Statfs, Step, Time, User } from '../posix.js';
import { MappedFile } from './mapping.js';
import { ForkedProcess } from './process.js';
import * as structs from './structs.js';
import { address, call, data, text } from './syscall.js';

const CWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_REMOVEDIR = 0x200;
const AT_SYMLINK_FOLLOW = 0x400;
const AT_EMPTY_PATH = 0x1000;
const STATX_ALL = 0xfff;
const XATTR_SIZE_MAX = 0x10000;
const lockCommands = { posix: { get: 5, set: 6 }, ofd: { get: 36, set: 37 } };
const none = { uid: 0, gid: 0 };

/** Plain system calls of this process, each made at once; paths are relative to its working directory. */
export class Syscalls implements Posix {
  async open(path: string, flags: number, mode = 0o644): Promise<number> {
    return call('openat', CWD, text(path), flags | 0, mode);
  }
  async close(fd: number): Promise<void> {
    call('close', fd);
  }
  async read(fd: number, length: number): Promise<Uint8Array> {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, call('read', fd, bytes, length));
  }
  async write(fd: number, value: string | Uint8Array): Promise<number> {
    const bytes = data(value);
    return call('write', fd, bytes, bytes.length);
  }
  async pread(fd: number, length: number, offset: number): Promise<Uint8Array> {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, call('pread64', fd, bytes, length, offset));
  }
  async pwrite(fd: number, value: string | Uint8Array, offset: number): Promise<number> {
    const bytes = data(value);
    return call('pwrite64', fd, bytes, bytes.length, offset);
  }
  async preadv(fd: number, lengths: readonly number[], offset: number): Promise<Uint8Array[]> {
    const buffers = lengths.map((length) => Buffer.alloc(length));
    let left = call('preadv2', fd, this.vector(buffers), buffers.length, offset, 0, 0);
    return buffers.map((buffer) => {
      const part = buffer.subarray(0, left);
      left -= part.length;
      return part;
    });
  }
  async pwritev(fd: number, parts: readonly string[], offset: number, flags = 0): Promise<number> {
    const buffers = parts.map((part) => data(part));
    return call('pwritev2', fd, this.vector(buffers), buffers.length, offset, 0, flags);
  }
  private vector(buffers: readonly Uint8Array[]): Buffer {
    return Buffer.concat(buffers.map((buffer) => structs.iovec(address(buffer), buffer.length)));
  }
  async lseek(fd: number, offset: number | bigint, whence: number): Promise<number> {
    return call('lseek', fd, offset, whence);
  }
  async truncate(path: string, size: number): Promise<void> {
    call('truncate', text(path), size);
  }
  async ftruncate(fd: number, size: number): Promise<void> {
    call('ftruncate', fd, size);
  }
  async fsync(fd: number): Promise<void> {
    call('fsync', fd);
  }
  async fdatasync(fd: number): Promise<void> {
    call('fdatasync', fd);
  }
  async syncfs(fd: number): Promise<void> {
    call('syncfs', fd);
  }
  async fallocate(fd: number, mode: number, offset: number, length: number): Promise<void> {
    call('fallocate', fd, mode, offset, length);
  }
  async copyFileRange(from: number, fromOffset: number, to: number, toOffset: number, length: number): Promise<number> {
    return call('copy_file_range', from, structs.offset(fromOffset), to, structs.offset(toOffset), length, 0);
  }
  async getdents(fd: number, size = 0x10000): Promise<DirectoryEntry[]> {
    const bytes = Buffer.alloc(size);
    return structs.entries(bytes.subarray(0, call('getdents64', fd, bytes, size)));
  }

  private statx(fd: number, path: string, flags: number): Stat {
    const bytes = Buffer.alloc(256);
    call('statx', fd, text(path), flags, STATX_ALL, bytes);
    return structs.stat(bytes);
  }
  async stat(path: string): Promise<Stat> {
    return this.statx(CWD, path, 0);
  }
  async lstat(path: string): Promise<Stat> {
    return this.statx(CWD, path, AT_SYMLINK_NOFOLLOW);
  }
  async fstat(fd: number): Promise<Stat> {
    return this.statx(fd, '', AT_EMPTY_PATH);
  }
  async statfs(path: string): Promise<Statfs> {
    const bytes = Buffer.alloc(128);
    call('statfs', text(path), bytes);
    return structs.statfs(bytes);
  }
  async access(path: string, mode: number): Promise<void> {
    call('faccessat2', CWD, text(path), mode, 0);
  }
  async chmod(path: string, mode: number): Promise<void> {
    call('fchmodat', CWD, text(path), mode);
  }
  async fchmod(fd: number, mode: number): Promise<void> {
    call('fchmod', fd, mode);
  }
  async chown(path: string, uid: number, gid: number): Promise<void> {
    call('fchownat', CWD, text(path), uid, gid, AT_SYMLINK_NOFOLLOW);
  }
  async fchown(fd: number, uid: number, gid: number): Promise<void> {
    call('fchown', fd, uid, gid);
  }
  async utimens(path: string, atime: Time, mtime: Time): Promise<void> {
    call('utimensat', CWD, text(path), structs.times(atime, mtime), AT_SYMLINK_NOFOLLOW);
  }
  async futimens(fd: number, atime: Time, mtime: Time): Promise<void> {
    call('utimensat', fd, null, structs.times(atime, mtime), 0);
  }

  async mkdir(path: string, mode = 0o755): Promise<void> {
    call('mkdirat', CWD, text(path), mode);
  }
  async rmdir(path: string): Promise<void> {
    call('unlinkat', CWD, text(path), AT_REMOVEDIR);
  }
  async unlink(path: string): Promise<void> {
    call('unlinkat', CWD, text(path), 0);
  }
  async rename(from: string, to: string, flags = 0): Promise<void> {
    call('renameat2', CWD, text(from), CWD, text(to), flags);
  }
  async link(from: string, to: string): Promise<void> {
    call('linkat', CWD, text(from), CWD, text(to), 0);
  }
  async linkFd(fd: number, to: string): Promise<void> {
    call('linkat', CWD, text(`/proc/self/fd/${fd}`), CWD, text(to), AT_SYMLINK_FOLLOW);
  }
  async symlink(target: string, path: string): Promise<void> {
    call('symlinkat', text(target), CWD, text(path));
  }
  async readlink(path: string): Promise<string> {
    const bytes = Buffer.alloc(4096);
    return nameText(bytes.subarray(0, call('readlinkat', CWD, text(path), bytes, bytes.length)));
  }
  async mknod(path: string, mode: number, rdev = 0): Promise<void> {
    call('mknodat', CWD, text(path), mode, rdev);
  }
  async umask(mask: number): Promise<number> {
    return call('umask', mask);
  }

  async getxattr(path: string, name: string): Promise<Uint8Array> {
    const bytes = Buffer.alloc(XATTR_SIZE_MAX);
    return bytes.subarray(0, call('lgetxattr', text(path), text(name), bytes, bytes.length));
  }
  async getxattrSize(path: string, name: string, size: number): Promise<number> {
    return call('lgetxattr', text(path), text(name), Buffer.alloc(size), size);
  }
  async setxattr(path: string, name: string, value: string | Uint8Array, flags = 0): Promise<void> {
    const bytes = data(value);
    call('lsetxattr', text(path), text(name), bytes, bytes.length, flags);
  }
  async listxattr(path: string): Promise<string[]> {
    const bytes = Buffer.alloc(XATTR_SIZE_MAX);
    const length = call('llistxattr', text(path), bytes, bytes.length);
    return length === 0 ? [] : nameText(bytes.subarray(0, length - 1)).split('\0');
  }
  async listxattrSize(path: string, size: number): Promise<number> {
    return call('llistxattr', text(path), Buffer.alloc(size), size);
  }
  async removexattr(path: string, name: string): Promise<void> {
    call('lremovexattr', text(path), text(name));
  }

  async chdir(path: string): Promise<void> {
    call('chdir', text(path));
  }
  async getcwd(): Promise<string> {
    const bytes = Buffer.alloc(4096);
    return nameText(bytes.subarray(0, call('getcwd', bytes, bytes.length) - 1));
  }
  async dup(fd: number): Promise<number> {
    return call('dup', fd);
  }
  async flock(fd: number, operation: number): Promise<void> {
    call('flock', fd, operation);
  }
  async setLock(fd: number, range: LockRange, ofd = false): Promise<void> {
    call('fcntl', fd, lockCommands[ofd ? 'ofd' : 'posix'].set, structs.flock(range));
  }
  async getLock(fd: number, range: LockRange, ofd = false): Promise<LockRange> {
    const bytes = structs.flock(range);
    call('fcntl', fd, lockCommands[ofd ? 'ofd' : 'posix'].get, bytes);
    return structs.lockRange(bytes);
  }
  async sendfile(to: number, from: number, offset: number, length: number): Promise<number> {
    return call('sendfile', to, from, structs.offset(offset), length);
  }
  async spawn(...steps: Step[]): Promise<Process> {
    return new ForkedProcess(steps);
  }
  async mmap(fd: number, length: number, protection: number, flags: number): Promise<Mapping> {
    return new MappedFile(call('mmap', null, length, protection, flags, fd, 0), length);
  }
  /** Raw calls change this thread alone, and the saved user id leads back. */
  async actAs({ uid, gid, groups = [] }: User = none): Promise<void> {
    call('setresuid', 0, 0, 0);
    call('setgroups', groups.length, Uint32Array.from(groups));
    call('setresgid', gid, gid, gid);
    call('setresuid', uid, uid, 0);
  }
}
