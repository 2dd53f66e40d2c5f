import { file, hardLink } from '../layers.js';
import { append, onLayers } from './overlay-layers.js';

export const overlayLinks = onLayers((it) => {
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
  it('names of a lower file are counted as they come and go', [{ a: file('lower'), b: hardLink('a'), c: hardLink('a') }], async (fs, t) => {
    await fs.unlink('c');
    t.is([await t.nlink('a'), await t.nlink('b')], [2, 2]);
    await fs.link('b', 'd');
    t.is([await t.nlink('a'), await t.nlink('d')], [3, 3]);
    await append(fs, 'a', '!');
    t.is([await t.content('b'), await t.content('d'), await t.nlink('b')], ['lower!', 'lower!', 3]);
    await fs.unlink('a');
    await fs.unlink('b');
    t.is([await t.nlink('d'), await t.content('d'), await t.names()], [1, 'lower!', ['d']]);
  });
  it('a name replaced by another file leaves its other names', [{ a: file('lower'), b: hardLink('a') }], async (fs, t) => {
    await t.file('new', 'new');
    await fs.rename('new', 'a');
    t.is([await t.content('a'), await t.content('b'), await t.nlink('b'), await t.nlink('a')], ['new', 'lower', 1, 1]);
  });
});
