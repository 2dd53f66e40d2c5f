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
