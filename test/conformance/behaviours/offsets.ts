import { topic } from '../behaviour.js';
import { nameText } from '../../../core/protocol/names.js';
import { FALLOC, O, RWF, SEEK } from '../posix.js';

const GiB = 2 ** 30;
const kernel = 'the kernel does it';

export const offsets = topic('offset', (it) => {
  for (const [where, at] of Object.entries({ '2 GiB': 2 * GiB, '4 GiB': 4 * GiB, '1 TiB': 1024 * GiB })) {
    it(`a write across ${where} is read back`, 'open(2): large files', async (fs, t) => {
      const fd = await t.opened('a');
      t.is(await fs.pwrite(fd, 'hello world', at - 5), 11);
      t.is([await t.at(fd, at - 6, 20), await t.size('a')], ['\0hello world', at + 6]);
    });
    it(`a file is cut and grown at ${where}`, 'truncate(2)', async (fs, t) => {
      const fd = await t.opened('a');
      await fs.pwrite(fd, 'hello', at - 2);
      await fs.ftruncate(fd, at);
      await fs.ftruncate(fd, at + 3);
      t.is([await t.at(fd, at - 2, 9), await t.size('a')], ['he\0\0\0', at + 3]);
    });
    it(`SEEK_DATA finds what stands at ${where}`, 'lseek(2) SEEK_DATA', async (fs, t) => {
      const fd = await t.opened('a');
      await fs.pwrite(fd, 'x', at);
      t.is([await fs.lseek(fd, 0, SEEK.DATA), await fs.lseek(fd, 0, SEEK.END), await fs.lseek(fd, at, SEEK.HOLE)], [at, at + 1, at + 1]);
    });
    it(`a hole is punched at ${where}`, 'fallocate(2) FALLOC_FL_PUNCH_HOLE', async (fs, t) => {
      const fd = await t.opened('a');
      await fs.pwrite(fd, 'x'.repeat(8192), at - 4096);
      await fs.fallocate(fd, FALLOC.PUNCH_HOLE | FALLOC.KEEP_SIZE, at - 2, 4);
      t.is([await t.at(fd, at - 4, 8), await t.size('a')], ['xx\0\0\0\0xx', at + 4096]);
    });
    it(`copy_file_range reaches across ${where}`, 'copy_file_range(2)', async (fs, t) => {
      const from = await t.opened('a');
      const to = await t.opened('b');
      await fs.pwrite(from, 'hello', at - 2);
      t.is(await fs.copyFileRange(from, at - 2, to, at - 1, 5), 5);
      t.is(await t.at(to, at - 2, 9), '\0hello');
    });
    it(`appending goes on behind ${where}`, 'open(2) O_APPEND', async (fs, t) => {
      await t.file('a');
      await fs.truncate('a', at);
      const fd = await fs.open('a', O.O_RDWR | O.O_APPEND);
      await fs.write(fd, 'hello');
      t.is([await t.at(fd, at, 9), await t.size('a')], ['hello', at + 5]);
    });
  }
  for (const edge of [4095, 4096, 4097, 65_535, 65_536, 65_537]) {
    it(`cut at ${edge} and grown, zeros stand behind`, 'truncate(2)', async (fs, t) => {
      const fd = await t.opened('a', 'x'.repeat(140_000));
      await fs.ftruncate(fd, edge);
      await fs.ftruncate(fd, 140_000);
      const bytes = await fs.pread(fd, 140_000, 0);
      t.is([bytes.length, bytes.indexOf(0), bytes.lastIndexOf(0x78)], [140_000, edge, edge - 1]);
    });
    it(`a hole punched up to ${edge} ends there`, 'fallocate(2) FALLOC_FL_PUNCH_HOLE', async (fs, t) => {
      const fd = await t.opened('a', 'x'.repeat(140_000));
      await fs.fallocate(fd, FALLOC.PUNCH_HOLE | FALLOC.KEEP_SIZE, 1, edge - 1);
      const bytes = await fs.pread(fd, 140_000, 0);
      t.is([bytes.indexOf(0), bytes.lastIndexOf(0), bytes.length], [1, edge - 1, 140_000]);
    });
  }
});

export const vectors = topic('vector', (it) => {
  it('there is nothing to read far beyond the end', 'read(2), pread(2)', async (_fs, t) => {
    const fd = await t.opened('a', 'hello');
    t.is(await t.at(fd, 2 ** 60, 5), '');
  });
  it('preadv fills one buffer after another', 'preadv(2)', async (fs, t) => {
    const fd = await t.opened('a', 'hello world');
    t.is((await fs.preadv(fd, [2, 0, 4, 100], 3)).map(nameText), ['lo', '', ' wor', 'ld']);
  });
  it('pwritev writes one buffer behind the other', 'pwritev(2)', async (fs, t) => {
    const fd = await t.opened('a', '..............');
    t.is(await fs.pwritev(fd, ['hello', '', ' ', 'world'], 2), 11);
    t.is(await t.content('a'), '..hello world.');
  });
  it('preadv and pwritev leave the position', 'preadv(2)', async (fs, t) => {
    const fd = await t.opened('a', 'hello');
    await fs.pwritev(fd, ['J', 'e'], 0);
    await fs.preadv(fd, [3], 1);
    t.is(await fs.lseek(fd, 0, SEEK.CUR), 0);
  });
  it('a thousand buffers are written and read', 'readv(2), IOV_MAX', async (fs, t) => {
    const fd = await t.opened('a');
    const parts = Array.from({ length: 1000 }, (_, i) => `part ${i} `);
    t.is(await fs.pwritev(fd, parts, 0), parts.join('').length);
    t.is((await fs.preadv(fd, parts.map((part) => part.length), 0)).map(nameText), parts);
  });
  it('RWF_APPEND appends whatever the offset', 'pwritev2(2) RWF_APPEND', async (fs, t) => {
    const fd = await t.opened('a', 'hello');
    await fs.pwritev(fd, ['!'], 0, RWF.APPEND);
    t.is(await t.content('a'), 'hello!');
  }, { kernel });
  it('RWF_SYNC and RWF_DSYNC write', 'pwritev2(2) RWF_SYNC', async (fs, t) => {
    const fd = await t.opened('a', 'hello');
    await fs.pwritev(fd, ['J'], 0, RWF.SYNC);
    await fs.pwritev(fd, ['y'], 4, RWF.DSYNC);
    t.is(await t.content('a'), 'Jelly');
  });
  it('sendfile copies and is short at the end', 'sendfile(2)', async (fs, t) => {
    const from = await t.opened('a', 'hello world');
    const to = await t.opened('b');
    t.is([await fs.sendfile(to, from, 6, 100), await fs.sendfile(to, from, 0, 5), await fs.sendfile(to, from, 11, 5)], [5, 5, 0]);
    t.is(await t.content('b'), 'worldhello');
  }, { kernel });
  it('sendfile of a megabyte', 'sendfile(2)', async (fs, t) => {
    const bytes = Uint8Array.from({ length: 1 << 20 }, (_, i) => (i * 13 + (i >>> 7)) & 0xff);
    const from = await t.opened('a', bytes);
    const to = await t.opened('b');
    for (let done = 0; done < bytes.length; ) done += await fs.sendfile(to, from, done, bytes.length - done);
    t.ok(Buffer.compare(await fs.pread(to, bytes.length + 1, 0), bytes) === 0, 'as it was');
  }, { kernel });
  it('what is written with O_SYNC is seen by all, O_APPEND too', 'open(2) O_SYNC', async (fs, t) => {
    await t.file('a', 'hello');
    await fs.write(await fs.open('a', O.O_WRONLY | O.O_SYNC | O.O_APPEND), ' world');
    t.is([await t.content('a'), await t.size('a')], ['hello world', 11]);
  });
  it('syncfs takes any fd of the file system', 'syncfs(2)', async (fs, t) => {
    await fs.syncfs(await t.opened('a', 'hello'));
    await fs.syncfs(await fs.open('.', O.O_RDONLY | O.O_DIRECTORY));
    await t.fails('EBADF', fs.syncfs(999));
  });
});
