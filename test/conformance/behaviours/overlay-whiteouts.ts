import { dir, file } from '../layers.js';
import { O } from '../posix.js';
import { onLayers, SOMEBODY } from './overlay-layers.js';

export const whiteouts = onLayers((it) => {
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
  it('a removed name stays away while its directory changes', [{ d: dir(), 'd/a': file(), 'd/b': file(), 'd/c': file() }], async (fs, t) => {
    await fs.unlink('d/a');
    await fs.rename('d/b', 'd/n');
    await fs.rename('d', 'e');
    await fs.chmod('e', 0o700);
    await t.file('e/new');
    t.is(await t.names('e'), ['c', 'n', 'new']);
    for (const name of ['e/a', 'e/b', 'd']) await t.fails('ENOENT', fs.lstat(name));
    await t.fails('ENOENT', fs.open('e/a', O.O_RDWR));
    await t.fails('ENOENT', fs.rename('e/a', 'e/z'));
    await t.fails('ENOENT', fs.link('e/a', 'e/z'));
  });
  it('a directory emptied on either side is removed', [{ d: dir(), 'd/a': file(), 'd/e': dir(), 'd/e/f': file() }, { d: dir(), 'd/b': file() }], async (fs, t) => {
    await t.file('d/new');
    for (const name of ['d/a', 'd/b', 'd/new', 'd/e/f']) await fs.unlink(name);
    await fs.rmdir('d/e');
    await fs.rmdir('d');
    t.is(await t.names(), []);
    await fs.mkdir('d');
    t.is(await t.names('d'), []);
    await fs.rmdir('d');
    await t.fails('ENOENT', fs.lstat('d'));
  });
});
