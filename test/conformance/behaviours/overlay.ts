import { nameText } from '../../../core/protocol/names.js';
import { type Behaviour, type Limits, topic } from '../behaviour.js';
import { dir, file, hardLink, LAYERS, opaque, type Seeds, slug, wanted, whiteout } from '../layers.js';
import { DT, LOCK, MAP, O, type Posix, PROT, RENAME, SEEK } from '../posix.js';
import type { Scene } from '../scene.js';

const DOC = 'overlayfs.rst';
const KERNEL = 'the kernel\'s overlayfs refuses it';

type Run = (fs: Posix, t: Scene) => Promise<void>;
type Define = (sentence: string, layers: Seeds, run: Run, limits?: Limits) => void;

/** Behaviours that start in a directory of the given lower layers. */
function onLayers(define: (it: Define) => void): readonly Behaviour[] {
  return topic('overlay', (it) => define((sentence, layers, run, limits = {}) => {
    const home = slug(sentence);
    wanted.set(home, layers);
    it(sentence, DOC, async (fs, t) => {
      await fs.chdir(`../${LAYERS}/${home}`);
      await run(fs, t);
    }, { only: 'overlay', ...limits });
  }));
}

const append = async (fs: Posix, path: string, text: string): Promise<void> => {
  const fd = await fs.open(path, O.O_WRONLY | O.O_APPEND);
  await fs.write(fd, text);
  await fs.close(fd);
};
const listed = async (fs: Posix, t: Scene, path = '.') => {
  const fd = await fs.open(path, O.O_RDONLY | O.O_DIRECTORY);
  return t.listing(fd);
};
const names = (count: number, prefix: string) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`d/${prefix}${i}`, file()]));
const SOMEBODY = { uid: 1000, gid: 1000 };

export const overlays = onLayers((it) => {
  it('a file hides a lower directory of its name', [{ x: file('file') }, { x: dir(), 'x/y': file() }], async (fs, t) => {
    t.is(await t.content('x'), 'file');
    await t.fails('ENOTDIR', fs.stat('x/y'));
  });
  it('a directory hides a lower file of its name', [{ x: dir(), 'x/a': file() }, { x: file() }], async (fs, t) => {
    t.is(await t.names('x'), ['a']);
    t.is((await listed(fs, t)).find(({ name }) => name === 'x')?.type, DT.DIR);
  });
  it('directories of one name are merged', [{ d: dir(), 'd/a': file('top'), 'd/b': file() }, { d: dir(), 'd/a': file('bottom'), 'd/c': file() }, { d: dir(), 'd/e': file() }], async (_fs, t) => {
    t.is(await t.names('d'), ['a', 'b', 'c', 'e']);
    t.is(await t.content('d/a'), 'top');
  });
  it('mode, owner and times of a merged directory are those of the topmost', [{ d: dir({ mode: 0o40700, uid: 5, mtime: 1000 }) }, { d: dir({ mode: 0o40755, uid: 6, mtime: 2000 }) }], async (fs, t) => {
    const { mode, uid, mtime } = await fs.stat('d');
    t.is([mode & 0o7777, uid, mtime], [0o700, 5, 1_000_000_000_002n]);
  });
  it('extended attributes of a merged directory are those of the topmost', [{ d: dir({ xattrs: { 'user.a': 'top' } }) }, { d: dir({ xattrs: { 'user.a': 'bottom', 'user.b': 'x' } }) }], async (fs, t) => {
    t.is(nameText(await fs.getxattr('d', 'user.a')), 'top');
    await t.fails('ENODATA', fs.getxattr('d', 'user.b'));
  });
  it('a whiteout in a middle layer hides what is beneath it only', [{ a: file('top') }, { a: whiteout, b: whiteout }, { a: file('bottom'), b: file('bottom') }], async (fs, t) => {
    t.is(await t.content('a'), 'top');
    await t.fails('ENOENT', fs.stat('b'));
    t.is(await t.names(), ['a']);
  });
  it('an opaque directory in a middle layer hides what is beneath it only', [{ d: dir(), 'd/a': file() }, { d: opaque(), 'd/b': file() }, { d: dir(), 'd/c': file() }], async (fs, t) => {
    t.is(await t.names('d'), ['a', 'b']);
    await t.fails('ENOENT', fs.stat('d/c'));
  });
  it('a whiteout may be an empty file with an attribute', [
    { d: dir({ xattrs: { 'trusted.overlay.opaque': 'x' } }), 'd/a': file('', { xattrs: { 'trusted.overlay.whiteout': 'y' } }), 'd/b': file() }, { d: dir(), 'd/a': file(), 'd/c': file() },
  ], async (fs, t) => {
    await t.fails('ENOENT', fs.stat('d/a'));
    t.is(await t.names('d'), ['b', 'c']);
  });

  it('a removed file is gone', [{ a: file(), b: file() }], async (fs, t) => {
    await fs.unlink('a');
    await t.fails('ENOENT', fs.stat('a'));
    await t.fails('ENOENT', fs.open('a', O.O_RDONLY));
    t.is(await t.names(), ['b']);
  });
  it('what is made in the place of a removed file is new, and the maker\'s', [{ d: dir({ mode: 0o40777 }), 'd/a': file('old', { uid: 7, gid: 7 }) }], async (fs, t) => {
    await fs.unlink('d/a');
    await t.as(SOMEBODY, () => t.file('d/a', 'new'));
    const { uid, gid } = await fs.stat('d/a');
    t.is([await t.content('d/a'), uid, gid], ['new', 1000, 1000]);
  });
  it('every kind of file can be made in the place of a removed one', [{ a: file(), b: file(), c: file(), d: file(), e: file() }], async (fs, t) => {
    for (const name of ['a', 'b', 'c', 'd']) await fs.unlink(name);
    await fs.symlink('e', 'a');
    await fs.mknod('b', O.S_IFIFO | 0o600);
    await fs.mkdir('c');
    await fs.link('e', 'd');
    t.is([await fs.readlink('a'), (await fs.lstat('b')).mode & O.S_IFMT, await t.nlink('d')], ['e', O.S_IFIFO, 2]);
    t.is((await fs.stat('c')).mode & O.S_IFMT, O.S_IFDIR);
  });
  it('a directory made in the place of a removed one is empty', [{ d: dir(), 'd/a': file() }], async (fs, t) => {
    await fs.unlink('d/a');
    await fs.rmdir('d');
    await fs.mkdir('d');
    t.is(await t.names('d'), []);
    await t.file('d/a', 'new');
    t.is(await t.content('d/a'), 'new');
  });
  it('a directory with lower entries is not empty', [{ d: dir() }, { d: dir(), 'd/a': file() }], async (fs, t) => {
    await t.fails('ENOTEMPTY', fs.rmdir('d'));
    await fs.unlink('d/a');
    await fs.rmdir('d');
    await t.fails('ENOENT', fs.stat('d'));
    t.is(await t.names(), []);
  });
  it('a file can be removed and made again and again', [{ a: file('lower') }], async (fs, t) => {
    for (const round of ['1', '2', '3']) {
      await fs.unlink('a');
      await t.file('a', round);
      t.is(await t.content('a'), round);
    }
    t.is(await t.names(), ['a']);
  });
  it('what is made over a removed file inherits the directory\'s group', [{ d: dir({ mode: 0o42777, gid: 50 }), 'd/a': file(), 'd/b': file() }], async (fs, t) => {
    await fs.unlink('d/a');
    await fs.unlink('d/b');
    await t.as(SOMEBODY, () => t.file('d/a'));
    await t.as(SOMEBODY, () => fs.mkdir('d/b'));
    t.is([(await fs.stat('d/a')).gid, (await fs.stat('d/b')).gid, await t.mode('d/b') & 0o2000], [50, 50, 0o2000]);
  });

  it('appending keeps what was there', [{ a: file('lower ') }], async (fs, t) => {
    await append(fs, 'a', 'upper');
    t.is(await t.content('a'), 'lower upper');
  });
  it('a change keeps mode, owner, times and attributes', [{ a: file('x', { mode: 0o104751, uid: 3, gid: 4, mtime: 1_234_567, xattrs: { 'user.key': 'value', 'trusted.key': 'value' } }) }], async (fs, t) => {
    await fs.setxattr('a', 'user.other', 'new');
    const { mode, uid, gid, mtime, size } = await fs.stat('a');
    t.is([mode & 0o7777, uid, gid, mtime, size], [0o4751, 3, 4, 1_234_567_000_000_002n, 1]);
    t.is([nameText(await fs.getxattr('a', 'user.key')), nameText(await fs.getxattr('a', 'trusted.key'))], ['value', 'value']);
  });
  it('chmod, chown and utimensat change nothing else', [{ a: file('lower', { mtime: 5 }), b: file('lower', { mtime: 5 }), c: file('lower', { uid: 9 }) }], async (fs, t) => {
    await fs.chmod('a', 0o600);
    await fs.chown('b', 1, 2);
    await fs.utimens('c', 7n, 8n);
    t.is([await t.content('a'), await t.content('b'), await t.content('c')], ['lower', 'lower', 'lower']);
    const [a, b, c] = [await fs.stat('a'), await fs.stat('b'), await fs.stat('c')];
    t.is([a.mode & 0o777, a.mtime, b.uid, b.gid, b.mtime, c.uid, c.mtime], [0o600, 5_000_000_002n, 1, 2, 5_000_000_002n, 9, 8n]);
  });
  it('a file is truncated to any size', [{ a: file('lower'), b: file('lower'), c: file('lower') }], async (fs, t) => {
    await fs.truncate('a', 2);
    await fs.truncate('b', 7);
    await fs.close(await fs.open('c', O.O_WRONLY | O.O_TRUNC));
    t.is([await t.content('a'), await t.content('b'), await t.content('c')], ['lo', 'lower\0\0', '']);
  });
  it('links, devices and FIFOs keep what they are', [{ l: { mode: 0o120777, to: 'target' }, c: { mode: 0o20600, rdev: 0x103 }, p: { mode: 0o10600 } }], async (fs, t) => {
    for (const name of ['l', 'c', 'p']) await fs.chown(name, 1, 1);
    const [l, c, p] = [await fs.lstat('l'), await fs.lstat('c'), await fs.lstat('p')];
    t.is([await fs.readlink('l'), l.uid, c.mode & O.S_IFMT, c.rdev, c.uid, p.mode & O.S_IFMT, p.uid], ['target', 1, O.S_IFCHR, 0x103, 1, O.S_IFIFO, 1]);
  });
  it('a change of a file leaves the times of its directories', [{ d: dir({ mtime: 100 }), 'd/e': dir({ mtime: 200 }), 'd/e/a': file() }], async (fs, t) => {
    await append(fs, 'd/e/a', 'x');
    t.is([(await fs.stat('d')).mtime, (await fs.stat('d/e')).mtime], [100_000_000_002n, 200_000_000_002n]);
  });
  it('directories that were never changed get new entries', [{ a: dir(), 'a/b': dir({ mode: 0o40750, uid: 8 }), 'a/b/c': dir() }], async (fs, t) => {
    await t.file('a/b/c/new', 'x');
    t.is([await t.names('a/b/c'), await t.mode('a/b'), (await fs.stat('a/b')).uid], [['new'], 0o750, 8]);
  });
  it('holes stay holes', [{ a: file('end', { hole: 8 << 20 }) }], async (fs, t) => {
    await fs.chmod('a', 0o600);
    const { size, blocks } = await fs.stat('a');
    t.is(size, (8 << 20) + 3);
    t.ok(blocks * 512 < 1 << 20, 'few blocks');
    const fd = await fs.open('a', O.O_RDONLY);
    t.is([await t.at(fd, 8 << 20, 3), await fs.lseek(fd, 0, SEEK.DATA) > 0], ['end', true]);
  });
  it('large files are copied whole', [{ a: file('0123456789abcdef'.repeat(200_000)) }], async (fs, t) => {
    await append(fs, 'a', 'end');
    t.is(await t.size('a'), 3_200_003);
    const fd = await fs.open('a', O.O_RDONLY);
    t.is([await t.at(fd, 1 << 20, 16), await t.at(fd, (2 << 20) - 8, 16), await t.at(fd, 3_199_990, 20)], ['0123456789abcdef', '89abcdef01234567', '6789abcdefend']);
  });
  it('who wrote sees what was written, and what was there', [{ a: file('0123456789') }], async (fs, t) => {
    const fd = await fs.open('a', O.O_RDWR);
    await fs.pwrite(fd, 'xy', 4);
    t.is([await t.at(fd, 0, 10), await t.content('a')], ['0123xy6789', '0123xy6789']);
  });
  it('a lock taken before a change excludes those after it', [{ a: file('x') }], async (fs, t) => {
    const fd = await fs.open('a', O.O_RDONLY);
    await fs.flock(fd, LOCK.EX | LOCK.NB);
    const other = await fs.open('a', O.O_RDWR);
    await t.fails('EAGAIN', fs.flock(other, LOCK.EX | LOCK.NB));
  });
  it('a file removed while it is open can still be read and changed', [{ a: file('lower') }], async (fs, t) => {
    const fd = await fs.open('a', O.O_RDONLY);
    await fs.unlink('a');
    t.is(await t.at(fd, 0, 5), 'lower');
    await fs.fchmod(fd, 0o640);
    t.is([(await fs.fstat(fd)).mode & 0o777, await t.at(fd, 0, 5)], [0o640, 'lower']);
  });
  it('a store through a mapping of a lower file is seen', [{ a: file('lower file') }], async (fs, t) => {
    const fd = await fs.open('a', O.O_RDWR);
    const mapping = await fs.mmap(fd, 10, PROT.READ | PROT.WRITE, MAP.SHARED);
    await mapping.write(0, 'UPPER');
    await mapping.sync();
    t.is(await t.content('a'), 'UPPER file');
    await mapping.unmap();
  }, { kernel: 'mappings are the kernel\'s', known: { 'cache-none': 'direct I/O has no shared mappings' } });

  it('a lower file is renamed', [{ a: file('lower') }], async (fs, t) => {
    await fs.rename('a', 'b');
    await t.fails('ENOENT', fs.stat('a'));
    t.is([await t.content('b'), await t.names()], ['lower', ['b']]);
    await t.file('a', 'new');
    t.is([await t.content('a'), await t.content('b')], ['new', 'lower']);
  });
  it('a rename replaces a lower file, and the place of a removed one', [{ a: file('a'), b: file('b'), c: file('c'), d: file('d') }], async (fs, t) => {
    await fs.rename('a', 'b');
    await fs.unlink('d');
    await fs.rename('c', 'd');
    t.is([await t.names(), await t.content('b'), await t.content('d')], [['b', 'd'], 'a', 'c']);
  });
  it('a new file replaces a lower one', [{ a: file('lower') }], async (fs, t) => {
    await t.file('new', 'upper');
    await fs.rename('new', 'a');
    t.is([await t.names(), await t.content('a')], [['a'], 'upper']);
    await fs.unlink('a');
    t.is(await t.names(), []);
  });
  it('a lower directory is renamed with all it holds', [{ d: dir(), 'd/a': file('top'), 'd/e': dir(), 'd/e/f': file('deep') }, { d: dir(), 'd/b': file('bottom') }], async (fs, t) => {
    await fs.rename('d', 'n');
    await t.fails('ENOENT', fs.stat('d'));
    t.is([await t.names('n'), await t.content('n/a'), await t.content('n/b'), await t.content('n/e/f')], [['a', 'b', 'e'], 'top', 'bottom', 'deep']);
    await append(fs, 'n/b', '!');
    t.is([await t.content('n/b'), await t.names()], ['bottom!', ['n']]);
  });
  it('a lower directory moves to another directory, and on', [{ d: dir(), 'd/a': file('a'), x: dir(), y: dir() }], async (fs, t) => {
    await fs.rename('d', 'x/d');
    await fs.rename('x', 'y/x');
    await fs.rename('y/x/d', 'z');
    t.is([await t.content('z/a'), await t.names('y/x'), await t.names()], ['a', [], ['y', 'z']]);
    await fs.mkdir('d');
    t.is(await t.names('d'), []);
  });
  it('below a renamed directory directories can be renamed', [{ d: dir(), 'd/e': dir(), 'd/e/a': file('a') }], async (fs, t) => {
    await fs.rename('d', 'n');
    await fs.rename('n/e', 'n/f');
    await fs.rename('n/f', 'g');
    t.is([await t.content('g/a'), await t.names('n')], ['a', []]);
  });
  it('a new directory that takes the place of a removed one is its own', [{ d: dir(), 'd/a': file() }], async (fs, t) => {
    await fs.mkdir('n');
    await t.file('n/b');
    await fs.unlink('d/a');
    await fs.rmdir('d');
    await fs.rename('n', 'd');
    t.is([await t.names('d'), await t.names()], [['b'], ['d']]);
  });
  it('a rename over a directory with lower entries is refused', [{ d: dir(), 'd/a': file(), e: dir() }], async (fs, t) => {
    await fs.mkdir('n');
    await t.fails('ENOTEMPTY|EEXIST', fs.rename('n', 'd'));
    await t.fails('ENOTEMPTY|EEXIST', fs.rename('e', 'd'));
    await fs.unlink('d/a');
    await fs.rename('n', 'd');
    t.is(await t.names('d'), []);
    await fs.rename('e', 'd');
    t.is([await t.names('d'), await t.names()], [[], ['d']]);
  });
  it('NOREPLACE sees lower files', [{ a: file('a'), b: file('b') }], async (fs, t) => {
    await t.fails('EEXIST', fs.rename('a', 'b', RENAME.NOREPLACE));
    await fs.unlink('b');
    await fs.rename('a', 'b', RENAME.NOREPLACE);
    t.is([await t.content('b'), await t.names()], ['a', ['b']]);
  });
  it('lower files and directories are exchanged', [{ a: file('a'), d: dir(), 'd/x': file('x'), e: dir(), 'e/y': file('y') }], async (fs, t) => {
    await fs.rename('a', 'd', RENAME.EXCHANGE);
    t.is([await t.content('d'), await t.content('a/x')], ['a', 'x']);
    await fs.rename('a', 'e', RENAME.EXCHANGE);
    t.is([await t.names('a'), await t.names('e'), await t.content('a/y')], [['y'], ['x'], 'y']);
  });
  it('a directory is not renamed into itself, nor over a file', [{ d: dir(), 'd/e': dir(), a: file() }], async (fs, t) => {
    await t.fails('EINVAL', fs.rename('d', 'd/e/f'));
    await t.fails('ENOTDIR', fs.rename('d', 'a'));
    await t.fails('EISDIR', fs.rename('a', 'd'));
  });
  it('WHITEOUT leaves a device 0:0 where a lower file was', [{ a: file('lower') }], async (fs, t) => {
    await fs.rename('a', 'b', RENAME.WHITEOUT);
    const { mode, rdev } = await fs.lstat('a');
    t.is([mode & O.S_IFMT, rdev, await t.content('b')], [O.S_IFCHR, 0, 'lower']);
    t.is((await listed(fs, t)).find(({ name }) => name === 'a')?.type, DT.CHR);
  }, { skip: { kernel: KERNEL } });

  it('a link to a lower file is the same file', [{ a: file('lower') }], async (fs, t) => {
    const ino = await t.ino('a');
    await fs.link('a', 'b');
    t.is([await t.ino('a'), await t.ino('b'), await t.nlink('a')], [ino, ino, 2]);
    await append(fs, 'b', '!');
    t.is(await t.content('a'), 'lower!');
  });
  it('two names of a lower file stay one file', [{ a: file('lower'), b: hardLink('a') }], async (fs, t) => {
    t.is([await t.nlink('a'), await t.ino('a')], [2, await t.ino('b')]);
    await append(fs, 'a', '!');
    t.is([await t.content('b'), await t.ino('a'), await t.nlink('b')], ['lower!', await t.ino('b'), 2]);
    await fs.unlink('a');
    t.is([await t.content('b'), await t.nlink('b')], ['lower!', 1]);
    await fs.rename('b', 'c');
    t.is([await t.content('c'), await t.nlink('c'), await t.names()], ['lower!', 1, ['c']]);
  });

  it('a file keeps its inode number when it is changed', [{ a: file('x'), d: dir(), 'd/b': file(), l: { mode: 0o120777, to: 'x' } }], async (fs, t) => {
    const before = [await t.ino('a'), await t.ino('d'), await t.ino('d/b'), await t.ino('l')];
    await append(fs, 'a', 'y');
    await append(fs, 'd/b', 'y');
    await fs.chown('l', 1, 1);
    await fs.chmod('d', 0o700);
    t.is([await t.ino('a'), await t.ino('d'), await t.ino('d/b'), await t.ino('l')], before);
    await fs.rename('a', 'd/a');
    t.is(await t.ino('d/a'), before[0]!);
  });
  it('listings and stat tell the same inode numbers', [{ a: file(), d: dir(), 'd/x': file() }, { b: file(), d: dir(), e: dir() }], async (fs, t) => {
    const same = async () => {
      for (const { name, ino } of await listed(fs, t)) if (name !== '..') t.is(await t.ino(name), ino, name);
    };
    await same();
    await append(fs, 'a', 'x');
    await fs.rename('b', 'd/b');
    await t.file('new');
    await same();
    await fs.chdir('d');
    await same();
  });
  it('inode numbers of different layers differ', [{ a: file(), d: dir(), 'd/x': file() }, { b: file(), c: dir() }, { e: file() }], async (fs, t) => {
    await t.file('new');
    await fs.mkdir('n');
    await append(fs, 'a', 'x');
    const inos = await Promise.all(['a', 'b', 'c', 'd', 'd/x', 'e', 'new', 'n', '.'].map((name) => t.ino(name)));
    t.is(new Set(inos).size, inos.length);
  });

  it('a listing has every name once', [{ d: dir(), 'd/a': file(), 'd/b': file() }, { d: dir(), 'd/a': file(), 'd/c': dir() }], async (fs, t) => {
    await t.file('d/new');
    await append(fs, 'd/a', 'x');
    const entries = await listed(fs, t, 'd');
    t.is(entries.map(({ name }) => name).toSorted(), ['.', '..', 'a', 'b', 'c', 'new']);
    t.is(entries.filter(({ type }) => type === DT.DIR).map(({ name }) => name).toSorted(), ['.', '..', 'c']);
  });
  it('a large merged directory is listed whole, in small pieces', [{ d: dir(), ...names(700, 'a') }, { d: dir(), ...names(500, 'b') }], async (fs, t) => {
    await t.file('d/new');
    const fd = await fs.open('d', O.O_RDONLY | O.O_DIRECTORY);
    const entries = await t.listing(fd, 512);
    t.is([entries.length, new Set(entries.map(({ name }) => name)).size], [1203, 1203]);
  });
  it('a listing goes on from any position', [{ d: dir(), ...names(40, 'a') }, { d: dir(), ...names(30, 'b') }], async (fs, t) => {
    const fd = await fs.open('d', O.O_RDONLY | O.O_DIRECTORY);
    const all = await t.listing(fd);
    for (const at of [0, 1, 17, 50]) {
      await fs.lseek(fd, all[at]!.offset, SEEK.SET);
      t.is((await t.listing(fd)).map(({ name }) => name), all.slice(at + 1).map(({ name }) => name));
    }
  });
  it('a listing from the start shows what is new', [{ d: dir(), 'd/a': file() }, { d: dir(), 'd/b': file() }], async (fs, t) => {
    const fd = await fs.open('d', O.O_RDONLY | O.O_DIRECTORY);
    t.is((await t.listing(fd)).length, 4);
    await t.file('d/new');
    await fs.unlink('d/a');
    await fs.lseek(fd, 0, SEEK.SET);
    t.is((await t.listing(fd)).map(({ name }) => name).toSorted(), ['.', '..', 'b', 'new']);
  });
  it('a listing ends while entries come and go', [{ d: dir(), ...names(100, 'a') }, { d: dir(), ...names(100, 'b') }], async (fs, t) => {
    const fd = await fs.open('d', O.O_RDONLY | O.O_DIRECTORY);
    let count = 0;
    for (let part; (part = await fs.getdents(fd, 512)).length > 0; count += part.length) {
      await t.file(`d/new${count}`);
      await fs.rename(`d/new${count}`, `d/newer${count}`);
    }
    t.ok(count >= 202 && count < 600, `${count} entries`);
  });

  it('private attributes are not shown', [{ d: opaque({ xattrs: { 'user.key': 'value' } }) }, { d: dir(), 'd/a': file() }], async (fs, t) => {
    const all = (await fs.listxattr('d')).filter((name) => !name.startsWith('security.'));
    t.is([all, await t.names('d')], [['user.key'], []]);
    await t.fails('ENODATA|EOPNOTSUPP', fs.getxattr('d', 'trusted.overlay.opaque'));
  });
  it('names that look private are not', [{ a: file() }], async (fs, t) => {
    for (const name of ['user.overlayfoo', 'trusted.overlayfoo']) {
      await fs.setxattr('a', name, 'value');
      t.is(nameText(await fs.getxattr('a', name)), 'value');
    }
    t.ok((await fs.listxattr('a')).includes('user.overlayfoo'), 'listed');
  });
  it('private attributes of an overlay on top are kept, and mean nothing here', [{ d: dir(), 'd/a': file('lower') }], async (fs, t) => {
    await fs.setxattr('d', 'trusted.overlay.opaque', 'y');
    t.is([nameText(await fs.getxattr('d', 'trusted.overlay.opaque')), await t.names('d')], ['y', ['a']]);
    t.ok((await fs.listxattr('d')).includes('trusted.overlay.opaque'), 'listed');
    await fs.removexattr('d', 'trusted.overlay.opaque');
    await t.fails('ENODATA', fs.getxattr('d', 'trusted.overlay.opaque'));
  });
  it('what is allowed stays so when a file is changed', [{ a: file('x', { mode: 0o100640, uid: 1, gid: 1000 }), d: dir({ mode: 0o40750, uid: 1, gid: 1000 }) }], async (fs, t) => {
    const check = async () => {
      await t.as({ uid: 1000, gid: 1000 }, async () => {
        await fs.close(await fs.open('a', O.O_RDONLY));
        await t.fails('EACCES', fs.open('a', O.O_WRONLY));
        await t.fails('EACCES', t.file('d/new'));
      });
      await t.as({ uid: 2000, gid: 2000 }, () => t.fails('EACCES', fs.open('a', O.O_RDONLY)));
    };
    await check();
    await append(fs, 'a', 'y');
    await t.file('d/upper');
    await check();
  }, { kernel: 'the kernel judges access' });
  it('files that a default ACL is for get it, though they replace lower ones', [{ d: dir({ mode: 0o40777 }), 'd/a': file() }], async (fs, t) => {
    const acl = Uint8Array.from([2, 0, 0, 0, 1, 0, 7, 0, 255, 255, 255, 255, 2, 0, 6, 0, 232, 3, 0, 0, 4, 0, 5, 0, 255, 255, 255, 255, 16, 0, 7, 0, 255, 255, 255, 255, 32, 0, 0, 0, 255, 255, 255, 255]);
    await fs.setxattr('d', 'system.posix_acl_default', acl);
    await fs.unlink('d/a');
    await t.file('d/a');
    await t.file('d/b');
    t.is([await t.mode('d/a'), nameText(await fs.getxattr('d/a', 'system.posix_acl_access'))], [await t.mode('d/b'), nameText(await fs.getxattr('d/b', 'system.posix_acl_access'))]);
  });
});
