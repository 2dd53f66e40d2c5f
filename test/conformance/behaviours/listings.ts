import { topic } from '../behaviour.js';
import { O, SEEK } from '../posix.js';

const open = O.O_RDONLY | O.O_DIRECTORY;

export const listings = topic('listing', (it) => {
  it('every position leads on to exactly the rest', 'telldir(3), seekdir(3)', async (fs, t) => {
    for (let i = 0; i < 60; i++) await t.file(`entry-${i}`);
    const fd = await fs.open('.', open);
    const all = await t.listing(fd);
    for (const [index, { offset }] of all.entries()) {
      await fs.lseek(fd, offset, SEEK.SET);
      t.is((await t.listing(fd)).map(({ name }) => name), all.slice(index + 1).map(({ name }) => name));
    }
  });
  it('a position outlives the removal of the entry in front of it', 'telldir(3), POSIX readdir()', async (fs, t) => {
    for (let i = 0; i < 50; i++) await t.file(`entry-${i}`);
    const fd = await fs.open('.', open);
    const all = await t.listing(fd);
    const index = all.findIndex(({ name }, at) => at > 10 && name.startsWith('entry'));
    await fs.unlink(all[index]!.name);
    await fs.lseek(fd, all[index]!.offset, SEEK.SET);
    t.is((await t.listing(fd)).map(({ name }) => name), all.slice(index + 1).map(({ name }) => name));
  });
  it('what is renamed in place keeps the others as they were', 'POSIX readdir()', async (fs, t) => {
    for (let i = 0; i < 200; i++) await t.file(`entry-${i}`);
    const fd = await fs.open('.', open);
    const seen = (await fs.getdents(fd, 1024)).map(({ name }) => name);
    await fs.rename('entry-0', 'renamed');
    seen.push(...(await t.listing(fd, 1024)).map(({ name }) => name));
    const others = seen.filter((name) => /^entry-[1-9]/.test(name));
    t.is([others.length, new Set(others).size], [199, 199]);
  });
  it('two that list one directory do not disturb each other', 'getdents(2)', async (fs, t) => {
    for (let i = 0; i < 100; i++) await t.file(`entry-${i}`);
    const [one, two] = [await fs.open('.', open), await fs.open('.', open)];
    const first = await fs.getdents(one, 1024);
    t.is((await t.listing(two, 2048)).length, 102);
    t.is([...first, ...(await t.listing(one, 1024))].length, 102);
  });
  it('a listing renamed into all the time ends', 'POSIX readdir()', async (fs, t) => {
    for (let i = 0; i < 100; i++) await t.file(`entry-${i}`);
    const fd = await fs.open('.', open);
    let rounds = 0;
    for (; (await fs.getdents(fd, 1024)).length > 0; rounds++) {
      t.ok(rounds < 1000, 'it ends');
      await fs.rename(rounds % 2 === 0 ? 'entry-50' : 'other', rounds % 2 === 0 ? 'other' : 'entry-50');
    }
  });
  it('names of all lengths fit into small buffers', 'getdents(2)', async (fs, t) => {
    for (let length = 1; length <= 255; length += 2) await t.file('n'.repeat(length));
    t.is((await t.listing(await fs.open('.', open), 1024)).length, 130);
  });
});
