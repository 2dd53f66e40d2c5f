import { dir, file } from '../layers.js';
import { DT, O, SEEK } from '../posix.js';
import { append, listed, names, onLayers } from './overlay-layers.js';

export const overlayListings = onLayers((it) => {
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
});
