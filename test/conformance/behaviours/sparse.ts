import { topic } from '../behaviour.js';
import { FALLOC, O, SEEK } from '../posix.js';

const MiB = 1 << 20;
const page = 4096;

export const sparse = topic('sparse', (it) => {
  it('a hole reads as zeros', 'lseek(2)', async (fs, t) => {
    const fd = await t.opened('a');
    await fs.pwrite(fd, 'end', 100_000);
    t.is([await t.size('a'), await t.at(fd, 50_000, 4)], [100_003, '\0\0\0\0']);
  });
  it('a hole takes no blocks', 'inode(7) st_blocks', async (fs, t) => {
    const fd = await t.opened('a');
    await fs.pwrite(fd, 'end', 100 * MiB);
    await fs.fsync(fd);
    const { blocks } = await fs.stat('a');
    t.ok(blocks > 0 && blocks <= 64, `a few blocks, not ${blocks}`);
  });
  it('one byte at 1 TiB', 'lseek(2): large files', async (fs, t) => {
    const fd = await t.opened('a');
    await fs.pwrite(fd, 'x', 2 ** 40);
    const { size, blocks } = await fs.stat('a');
    t.is([size, await t.at(fd, 2 ** 40 - 1, 5)], [2 ** 40 + 1, '\0x']);
    t.ok(blocks <= 64, `a few blocks, not ${blocks}`);
  });
  it('truncate to a large size takes no blocks', 'truncate(2)', async (fs, t) => {
    await t.file('a');
    await fs.truncate('a', 10 * 2 ** 30);
    t.is([await t.size('a'), (await fs.stat('a')).blocks], [10 * 2 ** 30, 0]);
  });
  it('truncate gives blocks back', 'truncate(2), inode(7) st_blocks', async (fs, t) => {
    const fd = await t.opened('a', new Uint8Array(MiB).fill(1));
    await fs.fsync(fd);
    t.ok((await fs.stat('a')).blocks >= MiB / 512, 'a megabyte takes as many blocks');
    await fs.truncate('a', page);
    t.ok((await fs.stat('a')).blocks <= 16, 'a page takes few');
    await fs.truncate('a', 0);
    t.is((await fs.stat('a')).blocks, 0);
  });
  it('SEEK_DATA and SEEK_HOLE find the extents', 'lseek(2) SEEK_DATA SEEK_HOLE', async (fs, t) => {
    const fd = await t.opened('a');
    await fs.pwrite(fd, new Uint8Array(MiB).fill(1), MiB);
    await fs.ftruncate(fd, 4 * MiB);
    await fs.fsync(fd);
    t.is(await fs.lseek(fd, 0, SEEK.DATA), MiB);
    t.is(await fs.lseek(fd, MiB + 5, SEEK.DATA), MiB + 5);
    t.is(await fs.lseek(fd, MiB, SEEK.HOLE), 2 * MiB);
    t.is(await fs.lseek(fd, 0, SEEK.HOLE), 0);
    await t.fails('ENXIO', fs.lseek(fd, 2 * MiB, SEEK.DATA));
    t.is(await fs.lseek(fd, 3 * MiB, SEEK.HOLE), 3 * MiB);
  });
  it('the end of a file is a hole', 'lseek(2) SEEK_HOLE', async (fs, t) => {
    const fd = await t.opened('a', 'hello');
    t.is(await fs.lseek(fd, 0, SEEK.HOLE), 5);
    t.is(await fs.lseek(fd, 2, SEEK.DATA), 2);
  });
  it('SEEK_DATA and SEEK_HOLE at or beyond the end fail', 'lseek(2) ENXIO', async (fs, t) => {
    const fd = await t.opened('a', 'hello');
    for (const whence of [SEEK.DATA, SEEK.HOLE]) {
      await t.fails('ENXIO', fs.lseek(fd, 5, whence));
      await t.fails('ENXIO', fs.lseek(fd, 500, whence));
    }
  });
  it('SEEK_DATA in an empty file fails', 'lseek(2) ENXIO', async (fs, t) => {
    await t.fails('ENXIO', fs.lseek(await t.opened('a'), 0, SEEK.DATA));
  });
});

export const allocation = topic('fallocate', (it) => {
  it('grows the file and takes its blocks', 'fallocate(2)', async (fs, t) => {
    const fd = await t.opened('a', 'hello');
    await fs.fallocate(fd, 0, 0, MiB);
    const { size, blocks } = await fs.stat('a');
    t.is([size, blocks >= MiB / 512], [MiB, true]);
    t.is(await t.at(fd, 0, 7), 'hello\0\0');
  });
  it('never shrinks', 'fallocate(2)', async (fs, t) => {
    const fd = await t.opened('a', 'x'.repeat(5000));
    await fs.fallocate(fd, 0, 0, 100);
    t.is([await t.size('a'), await t.content('a')], [5000, 'x'.repeat(5000)]);
  });
  it('KEEP_SIZE takes blocks beyond the end', 'fallocate(2) FALLOC_FL_KEEP_SIZE', async (fs, t) => {
    const fd = await t.opened('a', 'hello');
    await fs.fallocate(fd, FALLOC.KEEP_SIZE, 0, MiB);
    const { size, blocks } = await fs.stat('a');
    t.is([size, blocks >= MiB / 512], [5, true]);
  });
  it('PUNCH_HOLE frees whole pages and zeroes the edges', 'fallocate(2) FALLOC_FL_PUNCH_HOLE', async (fs, t) => {
    const fd = await t.opened('a', new Uint8Array(16 * page).fill(0x78));
    await fs.fsync(fd);
    const before = (await fs.stat('a')).blocks;
    await fs.fallocate(fd, FALLOC.PUNCH_HOLE | FALLOC.KEEP_SIZE, page + 10, 4 * page);
    const back = await fs.pread(fd, 16 * page, 0);
    t.ok(back.every((byte, i) => byte === (i >= page + 10 && i < 5 * page + 10 ? 0 : 0x78)), 'zeros there and only there');
    t.is([await t.size('a'), before - (await fs.stat('a')).blocks], [16 * page, (3 * page) / 512]);
  });
  it('a punched hole is found by SEEK_HOLE', 'lseek(2) SEEK_HOLE, fallocate(2)', async (fs, t) => {
    const fd = await t.opened('a', new Uint8Array(2 * MiB).fill(1));
    await fs.fallocate(fd, FALLOC.PUNCH_HOLE | FALLOC.KEEP_SIZE, MiB / 2, MiB);
    t.is([await fs.lseek(fd, 0, SEEK.HOLE), await fs.lseek(fd, MiB, SEEK.DATA)], [MiB / 2, 1.5 * MiB]);
  });
  it('PUNCH_HOLE beyond the end changes nothing', 'fallocate(2)', async (fs, t) => {
    const fd = await t.opened('a', 'hello');
    await fs.fallocate(fd, FALLOC.PUNCH_HOLE | FALLOC.KEEP_SIZE, MiB, MiB);
    t.is(await t.content('a'), 'hello');
  });
  it('PUNCH_HOLE without KEEP_SIZE is refused', 'fallocate(2) EOPNOTSUPP', async (fs, t) => {
    await t.fails('EOPNOTSUPP', fs.fallocate(await t.opened('a', 'hello'), FALLOC.PUNCH_HOLE, 0, 5));
  });
  it('ZERO_RANGE zeroes, or is refused', 'fallocate(2) FALLOC_FL_ZERO_RANGE', async (fs, t) => {
    const fd = await t.opened('a', 'x'.repeat(10_000));
    try {
      await fs.fallocate(fd, FALLOC.ZERO_RANGE, 100, 5000);
    } catch (error) {
      return t.fails('EOPNOTSUPP', Promise.reject(error));
    }
    t.is([await t.at(fd, 98, 4), await t.at(fd, 5098, 4), await t.size('a')], ['xx\0\0', '\0\0xx', 10_000]);
  });
  it('COLLAPSE_RANGE takes a range out, or is refused', 'fallocate(2) FALLOC_FL_COLLAPSE_RANGE', async (fs, t) => {
    const fd = await t.opened('a', `${'a'.repeat(page)}${'b'.repeat(page)}${'c'.repeat(page)}`);
    try {
      await fs.fallocate(fd, FALLOC.COLLAPSE_RANGE, page, page);
    } catch (error) {
      return t.fails('EOPNOTSUPP', Promise.reject(error));
    }
    t.is([await t.size('a'), await t.at(fd, page - 1, 2)], [2 * page, 'ac']);
  });
  it('lengths of 0 and negative offsets are refused', 'fallocate(2) EINVAL', async (fs, t) => {
    const fd = await t.opened('a');
    await t.fails('EINVAL', fs.fallocate(fd, 0, 0, 0));
    await t.fails('EINVAL', fs.fallocate(fd, 0, -1, 10));
  }, { kernel: 'the kernel checks ranges' });
  it('needs an fd open for writing', 'fallocate(2) EBADF', async (fs, t) => {
    await t.file('a');
    await t.fails('EBADF', fs.fallocate(await fs.open('a', O.O_RDONLY), 0, 0, 10));
  });
  it('changes mtime and ctime', 'fallocate(2), POSIX posix_fallocate()', async (fs, t) => {
    const fd = await t.opened('a');
    t.is(await t.moved('a', () => fs.fallocate(fd, 0, 0, 5000)), ['mtime', 'ctime']);
  });
});
