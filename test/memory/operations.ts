import fc from 'fast-check';
import { encodeAcl } from '../conformance/acl-text.js';
import { FALLOC, O, type Posix, PosixError, RENAME, SEEK, type Stat, XATTR } from '../conformance/posix.js';

/** Open files by a small number of the test's own. */
export type Fds = Map<number, number>;
/** One call; it resolves with what a caller can tell, in a form that can be compared. */
export interface Operation {
  readonly text: string;
  run(fs: Posix, fds: Fds): Promise<unknown>;
}

const names = ['a', 'b', 'c', 'd'];
const name = fc.constantFrom(...names);
const path = fc.oneof(name, fc.tuple(name, name).map((parts) => parts.join('/')));
const slot = fc.nat(3);
const mode = fc.constantFrom(0o700, 0o755, 0o2755, 0o1777, 0o4711, 0o640);
const offset = fc.oneof(fc.constantFrom(0, 1, 4095, 4096, 4097, 65_536, 2 ** 21 - 1, 2 ** 21, 2 ** 32 + 5, 2 ** 40), fc.nat(20_000));
const length = fc.constantFrom(0, 1, 10, 4095, 4096, 4097, 10_000, 70_000);
const byte = fc.integer({ min: 1, max: 255 });
const flags = fc.tuple(fc.constantFrom(O.O_RDONLY, O.O_WRONLY, O.O_RDWR, O.O_RDWR), fc.constantFrom(0, O.O_CREAT, O.O_CREAT, O.O_CREAT | O.O_EXCL), fc.constantFrom(0, 0, O.O_TRUNC), fc.constantFrom(0, 0, O.O_APPEND))
  .map((parts) => parts.reduce((all, part) => all | part, O.O_NOFOLLOW | O.O_NONBLOCK));
const target = fc.constantFrom('a', '../b', 'x'.repeat(127), 'x'.repeat(128), 'x'.repeat(4095));
const xattr = fc.constantFrom('user.a', 'user.b');
const aclName = fc.constantFrom('system.posix_acl_access', 'system.posix_acl_default');
const bits = fc.nat(7);
const named = fc.array(fc.tuple(fc.constantFrom('U1001', 'U1002', 'G1001', 'G1002'), bits), { maxLength: 2 });
/** Complete ACLs for the most part, with or without a mask; and some that are out of order or lack an entry. */
const acl = fc.oneof(
  { weight: 9, arbitrary: fc.tuple(bits, bits, bits, fc.option(bits), named).map(([u, g, o, m, more]) => {
    const list = (tag: string): string => more.filter(([name]) => name.startsWith(tag)).map((entry) => ` ${entry.join(':')}`).join('');
    return `u${u}${list('U')} g${g}${list('G')}${m === null ? '' : ` m${m}`} o${o}`;
  }) },
  { weight: 1, arbitrary: fc.constantFrom('u6', 'u6 g4', 'g4 u6 o4', 'u6 u6 g4 o4', 'u6 g4 o8', 'u6 G1:4 g4 m4 o4') },
);

/** What stat(2) tells, times and numbers of the file system's own choice left out. */
export function visible({ mode, nlink, size, blocks, rdev }: Stat): object {
  return { mode: mode.toString(8), nlink, size, blocks, rdev };
}

function open(fds: Fds, at: number): number {
  const fd = fds.get(at);
  if (fd === undefined) throw new PosixError(9, 'no such fd');
  return fd;
}

async function keep(fs: Posix, fds: Fds, at: number, fd: number): Promise<void> {
  const before = fds.get(at);
  if (before !== undefined) await fs.close(before);
  fds.set(at, fd);
}

function operation<T extends unknown[]>(call: string, args: fc.Arbitrary<T>, run: (fs: Posix, fds: Fds, ...args: T) => Promise<unknown>): fc.Arbitrary<Operation> {
  return args.map((values) => {
    const text = `${call}(${values.map(String).join(', ')})`;
    return { text, [fc.toStringMethod]: () => text, run: (fs: Posix, fds: Fds) => run(fs, fds, ...values) };
  });
}

const calls: readonly fc.Arbitrary<Operation>[] = [
  operation('open', fc.tuple(slot, path, flags, mode), async (fs, fds, at, file, how, bits) => keep(fs, fds, at, await fs.open(file, how, bits))),
  operation('pwrite', fc.tuple(slot, byte, length, offset), async (fs, fds, at, value, size, where) => fs.pwrite(open(fds, at), Buffer.alloc(size, value), where)),
  operation('write', fc.tuple(slot, byte, length), async (fs, fds, at, value, size) => fs.write(open(fds, at), Buffer.alloc(size, value))),
  operation('pread', fc.tuple(slot, length, offset), async (fs, fds, at, size, where) => Buffer.from(await fs.pread(open(fds, at), size, where)).toString('latin1')),
  operation('ftruncate', fc.tuple(slot, offset), async (fs, fds, at, size) => fs.ftruncate(open(fds, at), size)),
  operation('fallocate', fc.tuple(slot, fc.constantFrom(0, FALLOC.KEEP_SIZE, FALLOC.KEEP_SIZE | FALLOC.PUNCH_HOLE), fc.nat(100_000), fc.nat(100_000)),
    async (fs, fds, at, how, where, size) => fs.fallocate(open(fds, at), how, where, size + 1)),
  operation('copy_file_range', fc.tuple(slot, slot, fc.nat(20_000), fc.integer({ min: 100_000, max: 120_000 }), length), async (fs, fds, from, to, start, end, size) => fs.copyFileRange(open(fds, from), start, open(fds, to), end, size)),
  operation('fstat', fc.tuple(slot), async (fs, fds, at) => visible(await fs.fstat(open(fds, at)))),
  operation('mkdir', fc.tuple(path, mode), async (fs, _fds, file, bits) => fs.mkdir(file, bits)),
  operation('rmdir', fc.tuple(path), async (fs, _fds, file) => fs.rmdir(file)),
  operation('unlink', fc.tuple(path), async (fs, _fds, file) => fs.unlink(file)),
  operation('rename', fc.tuple(path, path, fc.constantFrom(0, 0, RENAME.NOREPLACE, RENAME.EXCHANGE, RENAME.WHITEOUT)), async (fs, _fds, from, to, how) => fs.rename(from, to, how)),
  operation('link', fc.tuple(path, path), async (fs, _fds, from, to) => fs.link(from, to)),
  operation('symlink', fc.tuple(target, path), async (fs, _fds, to, file) => fs.symlink(to, file)),
  operation('chmod', fc.tuple(path, mode), async (fs, _fds, file, to) => fs.chmod(file, to)),
  operation('umask', fc.tuple(fc.constantFrom(0, 0o22, 0o77)), async (fs, _fds, mask) => fs.umask(mask)),
  operation('setfacl', fc.tuple(path, aclName, acl), async (fs, _fds, file, key, text) => fs.setxattr(file, key, encodeAcl(text))),
  operation('mksock', fc.tuple(path, mode), async (fs, _fds, file, bits) => fs.mknod(file, O.S_IFSOCK | bits)),
  operation('tmpfile', fc.tuple(slot, fc.constantFrom('.', 'a'), fc.constantFrom(0, O.O_EXCL)), async (fs, fds, at, place, how) => keep(fs, fds, at, await fs.open(place, O.O_TMPFILE | O.O_RDWR | how, 0o600))),
  operation('linkfd', fc.tuple(slot, path), async (fs, fds, at, to) => fs.linkFd(open(fds, at), to)),
  operation('setxattr', fc.tuple(path, xattr, fc.nat(200), fc.constantFrom(0, 0, XATTR.CREATE, XATTR.REPLACE)), async (fs, _fds, file, key, size, how) => fs.setxattr(file, key, Buffer.alloc(size, 'v'), how)),
  operation('removexattr', fc.tuple(path, fc.oneof(xattr, aclName)), async (fs, _fds, file, key) => fs.removexattr(file, key)),
];

export const operations = fc.array(fc.oneof(...calls), { minLength: 1, maxLength: 60, size: 'max' });

/** Where SEEK_DATA and SEEK_HOLE find data. */
async function data(fs: Posix, fd: number): Promise<[number, number][]> {
  const found: [number, number][] = [];
  for (let at = 0; ; ) {
    const start = await fs.lseek(fd, at, SEEK.DATA).catch(() => undefined);
    if (start === undefined) return found;
    found.push([start, (at = await fs.lseek(fd, start, SEEK.HOLE))]);
  }
}

/** Everything below a directory, by path. */
export async function tree(fs: Posix, directory = '.', found: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
  const fd = await fs.open(directory, O.O_RDONLY | O.O_DIRECTORY);
  const listed: string[] = [];
  for (let batch = await fs.getdents(fd); batch.length > 0; batch = await fs.getdents(fd)) listed.push(...batch.map((entry) => entry.name));
  await fs.close(fd);
  for (const entry of listed.filter((each) => each !== '.' && each !== '..').toSorted()) {
    const file = `${directory}/${entry}`;
    const stat = await fs.lstat(file);
    const type = stat.mode & O.S_IFMT;
    found[file] = {
      ...visible(stat),
      target: type === O.S_IFLNK ? await fs.readlink(file) : undefined,
      xattrs: await xattrs(fs, file),
      ...(type === O.S_IFREG ? await content(fs, file) : {}),
    };
    if (type === O.S_IFDIR) await tree(fs, file, found);
  }
  return found;
}

async function xattrs(fs: Posix, file: string): Promise<object> {
  const names = (await fs.listxattr(file)).toSorted();
  return Object.fromEntries(await Promise.all(names.map(async (key) => [key, Buffer.from(await fs.getxattr(file, key)).toString('hex')])));
}

async function content(fs: Posix, file: string): Promise<object> {
  const fd = await fs.open(file, O.O_RDONLY);
  const head = Buffer.from(await fs.pread(fd, 200_000, 0)).toString('latin1');
  const tail = Buffer.from(await fs.pread(fd, 100_000, 2 ** 21 - 1)).toString('latin1');
  const found = { head, tail, extents: await data(fs, fd) };
  await fs.close(fd);
  return found;
}
