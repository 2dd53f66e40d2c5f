import { topic } from '../behaviour.js';
import { nameText } from '../../../core/protocol/names.js';
import { MAP, O, PROT } from '../posix.js';

const both = PROT.READ | PROT.WRITE;

export const mappings = topic('mmap', (it) => {
  it('shows what is in the file, zeros behind it', 'mmap(2)', async (fs, t) => {
    const map = await fs.mmap(await t.opened('a', 'hello'), 4096, PROT.READ, MAP.SHARED);
    t.is(nameText(await map.read(0, 8)), 'hello\0\0\0');
  });
  it('stores into a shared mapping reach the file', 'mmap(2) MAP_SHARED', async (fs, t) => {
    const fd = await t.opened('a', 'hello');
    const map = await fs.mmap(fd, 4096, both, MAP.SHARED);
    await map.write(0, 'J');
    await map.sync();
    t.is(await t.content('a'), 'Jello');
    await map.write(4, 'y');
    await map.unmap();
    t.is(await t.at(fd, 0, 10), 'Jelly');
  });
  it('writes are seen in a shared mapping', 'mmap(2) MAP_SHARED', async (fs, t) => {
    const fd = await t.opened('a', 'hello');
    const map = await fs.mmap(fd, 4096, PROT.READ, MAP.SHARED);
    t.is(nameText(await map.read(0, 5)), 'hello');
    await fs.pwrite(fd, 'J', 0);
    t.is(nameText(await map.read(0, 5)), 'Jello');
  });
  it('stores into a private mapping stay there', 'mmap(2) MAP_PRIVATE', async (fs, t) => {
    const map = await fs.mmap(await t.opened('a', 'hello'), 4096, both, MAP.PRIVATE);
    await map.write(0, 'J');
    t.is([nameText(await map.read(0, 5)), await t.content('a')], ['Jello', 'hello']);
  });
  it('a mapping outlives fd and name', 'mmap(2)', async (fs, t) => {
    const fd = await t.opened('a', 'hello');
    const map = await fs.mmap(fd, 4096, both, MAP.SHARED);
    await fs.close(fd);
    await fs.unlink('a');
    await map.write(0, 'J');
    t.is(nameText(await map.read(0, 5)), 'Jello');
  });
  it('pages beyond the end of the file fault', 'mmap(2) SIGBUS', async (fs, t) => {
    const fd = await t.opened('a', 'hello');
    const map = await fs.mmap(fd, 8192, PROT.READ, MAP.SHARED);
    await t.fails('EFAULT', map.read(4096, 1));
    await fs.ftruncate(fd, 5000);
    t.is(nameText(await map.read(4096, 1)), '\0');
  });
  it('truncation takes pages away', 'mmap(2), truncate(2)', async (fs, t) => {
    const fd = await t.opened('a', 'x'.repeat(8192));
    const map = await fs.mmap(fd, 8192, PROT.READ, MAP.SHARED);
    t.is(nameText(await map.read(4096, 1)), 'x');
    await fs.ftruncate(fd, 100);
    await t.fails('EFAULT', map.read(4096, 1));
    t.is(nameText(await map.read(99, 3)), 'x\0\0');
  });
  it('a shared writable mapping needs an fd open for both', 'mmap(2) EACCES', async (fs, t) => {
    await t.file('a', 'hello');
    await t.fails('EACCES', fs.mmap(await fs.open('a', O.O_RDONLY), 4096, both, MAP.SHARED));
    await t.fails('EACCES', fs.mmap(await fs.open('a', O.O_WRONLY), 4096, PROT.READ, MAP.SHARED));
  });
  it('a store changes mtime', 'mmap(2): st_mtime; st_atime may change', async (fs, t) => {
    const fd = await t.opened('a', 'hello');
    const map = await fs.mmap(fd, 4096, both, MAP.SHARED);
    const moved = await t.moved('a', async () => {
      await map.write(0, 'J');
      await map.sync();
    });
    t.is(moved.filter((time) => time !== 'atime'), ['mtime', 'ctime']);
  });
}, { kernel: 'mappings are the kernel\'s', skip: { 'cache-none guest': 'with direct I/O, Linux maps files shared from 6.6 on' } });

export const pages = topic('page', (it) => {
  it('two shared mappings are one memory', 'mmap(2) MAP_SHARED', async (fs, t) => {
    const one = await fs.mmap(await t.opened('a', 'hello'), 4096, both, MAP.SHARED);
    const two = await fs.mmap(await fs.open('a', O.O_RDWR), 4096, PROT.READ, MAP.SHARED);
    await one.write(0, 'J');
    t.is(nameText(await two.read(0, 5)), 'Jello');
  });
  it('a store behind the end of the file never shows', 'mmap(2) NOTES', async (fs, t) => {
    const fd = await t.opened('a', 'hello');
    const map = await fs.mmap(fd, 4096, both, MAP.SHARED);
    await map.write(5, 'xxxx');
    await map.sync();
    t.is([await t.content('a'), await t.size('a')], ['hello', 5]);
  });
  it('a private mapping keeps its stores when the file is written', 'mmap(2) MAP_PRIVATE', async (fs, t) => {
    const fd = await t.opened('a', 'hello');
    const map = await fs.mmap(fd, 4096, both, MAP.PRIVATE);
    await map.write(0, 'J');
    await fs.pwrite(fd, 'XXXXX', 0);
    t.is([nameText(await map.read(0, 5))[0], await t.content('a')], ['J', 'XXXXX']);
  });
  it('a private mapping of a read-only fd may be stored into', 'mmap(2) MAP_PRIVATE', async (fs, t) => {
    await t.file('a', 'hello');
    const map = await fs.mmap(await fs.open('a', O.O_RDONLY), 4096, both, MAP.PRIVATE);
    await map.write(0, 'J');
    t.is([nameText(await map.read(0, 5)), await t.content('a')], ['Jello', 'hello']);
  });
  it('a mapping shows the old file when the name is replaced', 'mmap(2), rename(2)', async (fs, t) => {
    const map = await fs.mmap(await t.opened('a', 'old'), 4096, PROT.READ, MAP.SHARED);
    await t.file('b', 'new');
    await fs.rename('b', 'a');
    t.is([nameText(await map.read(0, 3)), await t.content('a')], ['old', 'new']);
  });
  it('what is cut off and grown again is zero in a mapping', 'mmap(2), truncate(2)', async (fs, t) => {
    const fd = await t.opened('a', 'x'.repeat(8192));
    const map = await fs.mmap(fd, 8192, both, MAP.SHARED);
    await map.write(4096, 'yy');
    await fs.ftruncate(fd, 100);
    await fs.ftruncate(fd, 8192);
    t.is([nameText(await map.read(98, 4)), nameText(await map.read(4096, 2))], ['xx\0\0', '\0\0']);
  });
  it('stores into a hole fill it', 'mmap(2)', async (fs, t) => {
    const fd = await t.opened('a');
    await fs.ftruncate(fd, 1 << 20);
    const map = await fs.mmap(fd, 1 << 20, both, MAP.SHARED);
    await map.write(500_000, 'hello');
    await map.sync();
    t.is([await t.at(fd, 499_999, 7), (await fs.stat('a')).blocks > 0], ['\0hello\0', true]);
  });
}, { kernel: 'mappings are the kernel\'s', skip: { 'cache-none guest': 'with direct I/O, Linux maps files shared from 6.6 on' } });
