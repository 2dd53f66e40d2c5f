import { topic } from '../behaviour.js';
import { O, SEEK } from '../posix.js';

export const data = topic('data', (it) => {
  it('what is written is read', 'read(2), write(2)', async (fs, t) => {
    const fd = await t.opened('a');
    t.is(await fs.write(fd, 'hello '), 6);
    t.is(await fs.write(fd, 'world'), 5);
    t.is([await t.content('a'), await t.size('a')], ['hello world', 11]);
  });
  it('reading stops at the end of the file', 'read(2)', async (fs, t) => {
    const fd = await t.opened('a', 'hello');
    t.is([await t.at(fd, 3, 10), await t.at(fd, 5, 10), await t.at(fd, 1e12, 10)], ['lo', '', '']);
    t.is((await fs.pread(fd, 0, 0)).length, 0);
  });
  it('pread and pwrite leave the position', 'pread(2)', async (fs, t) => {
    const fd = await t.opened('a', 'hello');
    await fs.lseek(fd, 2, SEEK.SET);
    await fs.pwrite(fd, 'J', 0);
    t.is([await t.at(fd, 0, 5), await fs.lseek(fd, 0, SEEK.CUR)], ['Jello', 2]);
  });
  it('writing in the middle keeps the rest', 'pwrite(2)', async (fs, t) => {
    const fd = await t.opened('a', 'hello world');
    await fs.pwrite(fd, 'XX', 5);
    t.is(await t.content('a'), 'helloXXorld');
  });
  it('writing nothing changes nothing', 'write(2): count 0', async (fs, t) => {
    const fd = await t.opened('a', 'hello');
    t.is(await t.moved('a', () => fs.pwrite(fd, '', 100)), []);
    t.is(await t.size('a'), 5);
  });
  it('every size around a page and a chunk is kept', 'write(2)', async (fs, t) => {
    for (const size of [1, 4095, 4096, 4097, 65535, 65536, 65537, 131073]) {
      const bytes = Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >>> 8)) & 0xff);
      const fd = await t.opened(`f${size}`, bytes);
      t.ok(Buffer.compare(await fs.pread(fd, size + 1, 0), bytes) === 0, `${size} bytes are as written`);
    }
  });
  it('a write across chunks at an odd offset', 'pwrite(2)', async (fs, t) => {
    const bytes = Uint8Array.from({ length: 200_000 }, (_, i) => (i * 7 + (i >>> 10)) & 0xff);
    const fd = await t.opened('a');
    await fs.pwrite(fd, bytes, 61_003);
    const back = await fs.pread(fd, 300_000, 0);
    t.is(back.length, 261_003);
    t.ok(back.subarray(0, 61_003).every((byte) => byte === 0), 'zeros in front');
    t.ok(Buffer.compare(back.subarray(61_003), bytes) === 0, 'the bytes behind');
  });
  it('a write of 4 MiB at once', 'write(2)', async (fs, t) => {
    const bytes = new Uint8Array(4 << 20).fill(0x5a);
    const fd = await t.opened('a');
    t.is(await fs.pwrite(fd, bytes, 0), bytes.length);
    const back = await fs.pread(fd, bytes.length, 0);
    t.ok(Buffer.compare(back, bytes) === 0, 'as written');
  });
  it('appends go to the end, wherever the position is', 'open(2) O_APPEND', async (fs, t) => {
    await t.file('a', 'hello');
    const fd = await fs.open('a', O.O_RDWR | O.O_APPEND);
    await fs.lseek(fd, 0, SEEK.SET);
    await fs.write(fd, ' world');
    t.is([await t.content('a'), await fs.lseek(fd, 0, SEEK.CUR)], ['hello world', 11]);
  });
  it('two appenders never overwrite each other', 'open(2) O_APPEND', async (fs, t) => {
    await t.file('a');
    const one = await fs.open('a', O.O_WRONLY | O.O_APPEND);
    const two = await fs.open('a', O.O_WRONLY | O.O_APPEND);
    for (let i = 0; i < 50; i++) {
      await fs.write(one, 'a');
      await fs.write(two, 'b');
    }
    t.is(await t.content('a'), 'ab'.repeat(50));
  });
  it('pwrite on an O_APPEND fd appends', 'pwrite(2) BUGS', async (fs, t) => {
    await t.file('a', 'hello');
    const fd = await fs.open('a', O.O_RDWR | O.O_APPEND);
    await fs.pwrite(fd, '!', 0);
    t.is(await t.content('a'), 'hello!');
  });
  it('O_DIRECT is accepted', 'open(2) O_DIRECT', async (fs, t) => {
    const bytes = new Uint8Array(8192).fill(0x41);
    await t.file('a', bytes);
    const fd = await fs.open('a', O.O_RDONLY | O.O_DIRECT);
    t.is((await fs.lseek(fd, 0, SEEK.END)), 8192);
  });
  it('O_SYNC and O_DSYNC write', 'open(2) O_SYNC', async (fs, t) => {
    await t.file('a');
    await fs.write(await fs.open('a', O.O_WRONLY | O.O_SYNC), 'hello');
    await fs.pwrite(await fs.open('a', O.O_WRONLY | O.O_DSYNC), 'J', 0);
    t.is(await t.content('a'), 'Jello');
  });
  it('seeking beyond the end is allowed, before the start not', 'lseek(2) EINVAL', async (fs, t) => {
    const fd = await t.opened('a', 'hello');
    t.is([await fs.lseek(fd, 100, SEEK.SET), await fs.lseek(fd, 7, SEEK.END), await fs.lseek(fd, -2, SEEK.CUR)], [100, 12, 10]);
    await t.fails('EINVAL', fs.lseek(fd, -1, SEEK.SET));
    await t.fails('EINVAL', fs.lseek(fd, 0, 99));
    t.is(await t.size('a'), 5);
  });
  it('negative offsets are refused', 'pread(2) EINVAL', async (fs, t) => {
    const fd = await t.opened('a', 'hello');
    await t.fails('EINVAL', fs.pread(fd, 1, -1));
    await t.fails('EINVAL', fs.pwrite(fd, 'x', -1));
  }, { kernel: 'the kernel checks offsets' });
  it('a file grows by many small writes', 'write(2)', async (fs, t) => {
    const fd = await t.opened('a');
    for (let i = 0; i < 1000; i++) await fs.write(fd, `line ${String(i).padStart(4, '0')}\n`);
    t.is([await t.size('a'), await t.at(fd, 9_990, 10)], [10_000, 'line 0999\n']);
  });
  it('what was cut off and grown again is zero', 'truncate(2)', async (fs, t) => {
    const fd = await t.opened('a', 'x'.repeat(10_000));
    await fs.ftruncate(fd, 5);
    await fs.ftruncate(fd, 10_000);
    t.is([await t.at(fd, 0, 8), await t.at(fd, 9_000, 1000)], ['xxxxx\0\0\0', '\0'.repeat(1000)]);
  });
  it('truncate shortens and lengthens', 'truncate(2)', async (fs, t) => {
    await t.file('a', 'hello world');
    await fs.truncate('a', 5);
    t.is(await t.content('a'), 'hello');
    await fs.truncate('a', 7);
    t.is(await t.content('a'), 'hello\0\0');
  });
  it('truncate refuses directories and what is not there', 'truncate(2) EISDIR ENOENT EINVAL', async (fs, t) => {
    await fs.mkdir('d');
    await t.file('a');
    await t.fails('EISDIR', fs.truncate('d', 0));
    await t.fails('ENOENT', fs.truncate('none', 0));
    await t.fails('EINVAL', fs.truncate('a', -1));
  }, { kernel: 'the kernel checks what is truncated' });
  it('ftruncate needs an fd open for writing', 'ftruncate(2) EINVAL', async (fs, t) => {
    await t.file('a', 'hello');
    await t.fails('EINVAL|EBADF', fs.ftruncate(await fs.open('a', O.O_RDONLY), 0));
  }, { kernel: 'the kernel checks fds' });
  it('copy_file_range copies', 'copy_file_range(2)', async (fs, t) => {
    const from = await t.opened('a', 'hello world');
    const to = await t.opened('b', '........');
    t.is(await fs.copyFileRange(from, 6, to, 2, 5), 5);
    t.is(await t.content('b'), '..world.');
  });
  it('copy_file_range is short at the end and 0 beyond', 'copy_file_range(2)', async (fs, t) => {
    const from = await t.opened('a', 'hello');
    const to = await t.opened('b');
    t.is(await fs.copyFileRange(from, 3, to, 0, 100), 2);
    t.is(await fs.copyFileRange(from, 5, to, 2, 100), 0);
    t.is(await t.content('b'), 'lo');
  });
  it('copy_file_range beyond the target\'s end makes a hole', 'copy_file_range(2)', async (fs, t) => {
    const from = await t.opened('a', 'hello');
    const to = await t.opened('b');
    await fs.copyFileRange(from, 0, to, 4, 5);
    t.is(await t.content('b'), '\0\0\0\0hello');
  });
  it('copy_file_range within one file', 'copy_file_range(2)', async (fs, t) => {
    const fd = await t.opened('a', 'hello');
    t.is(await fs.copyFileRange(fd, 0, fd, 5, 5), 5);
    t.is(await t.content('a'), 'hellohello');
    await t.fails('EINVAL', fs.copyFileRange(fd, 0, fd, 3, 5));
  });
  it('copy_file_range of a megabyte', 'copy_file_range(2)', async (fs, t) => {
    const bytes = Uint8Array.from({ length: 1 << 20 }, (_, i) => (i ^ (i >>> 9)) & 0xff);
    const from = await t.opened('a', bytes);
    const to = await t.opened('b');
    for (let done = 0; done < bytes.length; ) done += await fs.copyFileRange(from, done, to, done, bytes.length - done);
    t.ok(Buffer.compare(await fs.pread(to, bytes.length, 0), bytes) === 0, 'as it was');
  });
  it('copy_file_range needs fds open the right way', 'copy_file_range(2) EBADF', async (fs, t) => {
    await t.file('a', 'hello');
    const fd = await t.opened('b');
    await t.fails('EBADF', fs.copyFileRange(await fs.open('a', O.O_WRONLY), 0, fd, 0, 5));
    await t.fails('EBADF', fs.copyFileRange(fd, 0, await fs.open('a', O.O_RDONLY), 0, 5));
  });
});
