import { inspect, isDeepStrictEqual } from 'node:util';
import { Errno } from '../../core/filesystem/errno.js';
import { nameText } from '../../core/protocol/names.js';
import { type DirectoryEntry, O, type Posix, PosixError, type Stat, type User } from './posix.js';

/** What a behaviour says when the file system does something else. */
export class Unexpected extends Error {}

/** What behaviours check with, and short forms of what most of them do first. */
export class Scene {
  constructor(private readonly fs: Posix) {}

  is<T>(actual: T, expected: T, what = 'value'): void {
    if (!isDeepStrictEqual(actual, expected)) throw new Unexpected(`${what}: ${inspect(actual)} instead of ${inspect(expected)}`);
  }
  ok(holds: boolean, what: string): void {
    if (!holds) throw new Unexpected(`not so: ${what}`);
  }
  /** The call fails with one of these errnos, separated by `|`. */
  async fails(codes: string, call: Promise<unknown>): Promise<void> {
    try {
      await call;
    } catch (error) {
      if (!(error instanceof PosixError)) throw error;
      if (codes.split('|').some((code) => Errno[code as 'EPERM'] === -error.errno)) return;
      throw new Unexpected(`${error.message} instead of ${codes}`);
    }
    throw new Unexpected(`success instead of ${codes}`);
  }

  /** Makes a file with this content. */
  async file(path: string, content: string | Uint8Array = '', mode = 0o644): Promise<void> {
    const fd = await this.fs.open(path, O.O_CREAT | O.O_WRONLY | O.O_TRUNC, mode);
    if (content.length > 0) await this.fs.write(fd, content);
    await this.fs.close(fd);
  }
  /** Makes a file open for reading and writing; it is closed when the behaviour ends, as every fd. */
  async opened(path: string, content: string | Uint8Array = ''): Promise<number> {
    await this.file(path, content);
    return this.fs.open(path, O.O_RDWR);
  }
  /** The whole content of a file, as text. */
  async content(path: string): Promise<string> {
    const fd = await this.fs.open(path, O.O_RDONLY);
    let text = '';
    for (let part; (part = nameText(await this.fs.read(fd, 0x10000))) !== ''; ) text += part;
    await this.fs.close(fd);
    return text;
  }
  /** What stands at an offset, as text. */
  async at(fd: number, offset: number, length: number): Promise<string> {
    return nameText(await this.fs.pread(fd, length, offset));
  }
  /** What is left of an open directory's listing, fetched in buffers of `size` bytes. */
  async listing(fd: number, size?: number): Promise<DirectoryEntry[]> {
    const entries: DirectoryEntry[] = [];
    for (let part; (part = await this.fs.getdents(fd, size)).length > 0; ) entries.push(...part);
    return entries;
  }
  /** Names in a directory, sorted, without `.` and `..`. */
  async names(path = '.'): Promise<string[]> {
    const fd = await this.fs.open(path, O.O_RDONLY | O.O_DIRECTORY);
    const names = (await this.listing(fd)).map(({ name }) => name);
    await this.fs.close(fd);
    return names.filter((name) => name !== '.' && name !== '..').toSorted();
  }
  async mode(path: string): Promise<number> {
    return (await this.fs.lstat(path)).mode & 0o7777;
  }
  async nlink(path: string): Promise<number> {
    return (await this.fs.lstat(path)).nlink;
  }
  async size(path: string): Promise<number> {
    return (await this.fs.lstat(path)).size;
  }
  async ino(path: string): Promise<number> {
    return (await this.fs.lstat(path)).ino;
  }

  /** Does something as somebody else. */
  async as<T>(user: User, what: () => Promise<T>): Promise<T> {
    await this.fs.actAs(user);
    try {
      return await what();
    } finally {
      await this.fs.actAs();
    }
  }

  /**
   * Waits until the file system's clock, which may stand still for some milliseconds, has moved on. There may be two: with
   * writeback, the kernel's is shown after a chmod and the server's before; the wait is until the one has passed both.
   */
  async tick(): Promise<void> {
    await this.file('.tick');
    const { ctime: server } = await this.fs.stat('.tick');
    const { ctime: kernel } = await this.touched(0);
    for (let mode = 1; ; mode ^= 1) {
      const { ctime } = await this.touched(mode);
      if (ctime > server && ctime > kernel) break;
    }
    await this.fs.unlink('.tick');
  }
  private async touched(mode: number): Promise<Stat> {
    await this.fs.chmod('.tick', mode);
    return this.fs.stat('.tick');
  }
  /** Which of the times of a file moved while something was done, of `atime`, `mtime` and `ctime`. */
  async moved(path: string, what: () => Promise<unknown>): Promise<string[]> {
    const before = await this.fs.lstat(path);
    await this.tick();
    await what();
    const after = await this.fs.lstat(path);
    return (['atime', 'mtime', 'ctime'] as const).filter((time) => after[time] > before[time]);
  }
}
