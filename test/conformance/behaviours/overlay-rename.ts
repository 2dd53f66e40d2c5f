import { dir, file } from '../layers.js';
import { DT, O, RENAME } from '../posix.js';
import { append, listed, onLayers } from './overlay-layers.js';

export const overlayRenames = onLayers((it) => {
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
  });
  it('a directory replaces one that only removed entries are left of', [{ d: dir(), 'd/a': file('lower') }, { e: dir(), 'e/b': file() }], async (fs, t) => {
    await fs.unlink('e/b');
    await fs.rename('d', 'e');
    t.is([await t.names(), await t.names('e'), await t.content('e/a')], [['e'], ['a'], 'lower']);
    await fs.mkdir('d');
    t.is(await t.names('d'), []);
  });
  it('the same lower directory is not shown twice', [{ d: dir(), 'd/a': file('lower') }], async (fs, t) => {
    await fs.rename('d', 'e');
    await fs.mkdir('d');
    await t.file('d/b');
    await fs.rename('d', 'f');
    await fs.rename('e', 'd');
    t.is([await t.names('d'), await t.names('f'), await t.names()], [['a'], ['b'], ['d', 'f']]);
  });
  it('flags of a rename that exclude each other are refused', [{ a: file(), b: file() }], async (fs, t) => {
    await t.fails('EINVAL', fs.rename('a', 'b', RENAME.NOREPLACE | RENAME.EXCHANGE));
    await t.fails('ENOENT', fs.rename('a', 'none', RENAME.EXCHANGE));
    t.is(await t.names(), ['a', 'b']);
  });
});
