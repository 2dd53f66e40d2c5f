import { dir, file } from '../layers.js';
import { append, listed, onLayers } from './overlay-layers.js';

export const inodes = onLayers((it) => {
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
});
