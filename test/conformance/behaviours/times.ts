import { topic } from '../behaviour.js';
import { O, RENAME } from '../posix.js';

const second = 1_000_000_000n;

export const times = topic('times', (it) => {
  it('of a new file are its directory\'s new times', 'inode(7)', async (fs, t) => {
    await t.tick();
    await t.file('a');
    const file = await fs.stat('a');
    const { mtime } = await fs.stat('.');
    t.is([file.atime, file.ctime], [file.mtime, file.mtime]);
    t.ok(mtime - file.mtime < second && file.mtime - mtime < second, 'the same time, about');
  });
  it('nanoseconds are kept', 'utimensat(2)', async (fs, t) => {
    await t.file('a');
    await fs.utimens('a', 1_234_567_890_123_456_789n, 987_654_321_987_654_321n);
    const { atime, mtime } = await fs.stat('a');
    t.is([atime, mtime], [1_234_567_890_123_456_789n, 987_654_321_987_654_321n]);
  });
  it('before 1970', 'utimensat(2)', async (fs, t) => {
    await t.file('a');
    await fs.utimens('a', -5n * second, -second / 2n);
    const { atime, mtime } = await fs.stat('a');
    t.is([atime, mtime], [-5n * second, -second / 2n]);
  });
  it('after 2038 and after 2106', 'utimensat(2), inode(7)', async (fs, t) => {
    await t.file('a');
    await fs.utimens('a', (2n ** 31n + 5n) * second, (2n ** 32n + 5n) * second + 1n);
    const { atime, mtime } = await fs.stat('a');
    t.is([atime, mtime], [(2n ** 31n + 5n) * second, (2n ** 32n + 5n) * second + 1n]);
  });
  it('UTIME_OMIT leaves a time', 'utimensat(2) UTIME_OMIT', async (fs, t) => {
    await t.file('a');
    await fs.utimens('a', 5n, 7n);
    await fs.utimens('a', 'omit', 9n);
    t.is([(await fs.stat('a')).atime, (await fs.stat('a')).mtime], [5n, 9n]);
    await fs.utimens('a', 3n, 'omit');
    t.is([(await fs.stat('a')).atime, (await fs.stat('a')).mtime], [3n, 9n]);
  });
  it('UTIME_NOW sets the present', 'utimensat(2) UTIME_NOW', async (fs, t) => {
    await t.file('a');
    await fs.utimens('a', 5n, 7n);
    await fs.utimens('a', 'now', 'now');
    await t.file('b');
    const { atime, mtime } = await fs.stat('a');
    const now = (await fs.stat('b')).mtime;
    t.ok(now - atime < 5n * second && now - mtime < 5n * second, 'about now');
  });
  it('setting times changes ctime', 'utimensat(2)', async (fs, t) => {
    await t.file('a');
    const { ctime } = await fs.stat('a');
    await t.tick();
    await fs.utimens('a', 5n, 7n);
    t.ok((await fs.stat('a')).ctime > ctime, 'ctime has moved');
  });
  it('futimens works on files and directories', 'utimensat(2)', async (fs, t) => {
    await fs.mkdir('d');
    await fs.futimens(await t.opened('a'), 5n, 7n);
    await fs.futimens(await fs.open('d', O.O_RDONLY | O.O_DIRECTORY), 5n, 7n);
    t.is([(await fs.stat('a')).mtime, (await fs.stat('d')).mtime], [7n, 7n]);
  });
  it('a write changes mtime and ctime', 'POSIX write()', async (fs, t) => {
    const fd = await t.opened('a', 'hello');
    t.is(await t.moved('a', () => fs.pwrite(fd, 'J', 0)), ['mtime', 'ctime']);
  }, { known: { 'judged writeback': 'the kernel reads the page that it completes, and keeps no attributes that would hide it' } });
  it('truncate changes mtime and ctime, to the same size too', 'truncate(2)', async (fs, t) => {
    await t.file('a', 'hello');
    t.is(await t.moved('a', () => fs.truncate('a', 3)), ['mtime', 'ctime']);
    t.is(await t.moved('a', () => fs.truncate('a', 3)), ['mtime', 'ctime']);
  }, { known: { writeback: 'the kernel keeps the times itself then, and overlooks a truncation to the same size' } });
  it('chmod, chown and setxattr change ctime only', 'POSIX chmod(), chown()', async (fs, t) => {
    await t.file('a');
    t.is(await t.moved('a', () => fs.chmod('a', 0o600)), ['ctime']);
    t.is(await t.moved('a', () => fs.chown('a', 1, 2)), ['ctime']);
    t.is(await t.moved('a', () => fs.chown('a', -1, -1)), ['ctime']);
    t.is(await t.moved('a', () => fs.setxattr('a', 'user.x', '1')), ['ctime']);
  });
  it('making and removing entries changes mtime and ctime of the directory', 'POSIX open(), unlink(), mkdir(), …', async (fs, t) => {
    await fs.mkdir('d');
    t.is(await t.moved('d', () => t.file('d/a')), ['mtime', 'ctime']);
    t.is(await t.moved('d', () => fs.mkdir('d/e')), ['mtime', 'ctime']);
    t.is(await t.moved('d', () => fs.symlink('x', 'd/l')), ['mtime', 'ctime']);
    t.is(await t.moved('d', () => fs.mknod('d/f', O.S_IFIFO | 0o600)), ['mtime', 'ctime']);
    t.is(await t.moved('d', () => fs.unlink('d/a')), ['mtime', 'ctime']);
    t.is(await t.moved('d', () => fs.rmdir('d/e')), ['mtime', 'ctime']);
  });
  it('opening a file to read changes no time of its directory', 'POSIX open()', async (fs, t) => {
    await fs.mkdir('d');
    await t.file('d/a', 'hello');
    t.is(await t.moved('d', () => t.content('d/a')), []);
  });
  it('what changes in a file leaves its directory', 'POSIX write()', async (fs, t) => {
    await fs.mkdir('d');
    const fd = await t.opened('d/a');
    t.is(await t.moved('d', () => fs.pwrite(fd, 'hello', 0)), []);
    t.is(await t.moved('d', () => fs.chmod('d/a', 0o600)), []);
  });
  it('reading moves atime once after a modification', 'mount(2) MS_RELATIME', async (fs, t) => {
    const fd = await t.opened('a', 'hello');
    t.is(await t.moved('a', () => fs.pread(fd, 5, 0)), ['atime']);
  });
  it('reading with O_NOATIME moves no time', 'open(2) O_NOATIME', async (fs, t) => {
    await t.file('a', 'hello');
    const fd = await fs.open('a', O.O_RDONLY | O.O_NOATIME);
    t.is(await t.moved('a', () => fs.pread(fd, 5, 0)), []);
  });
  it('a rename keeps all times of a file but ctime', 'rename(2)', async (fs, t) => {
    await t.file('a');
    await fs.utimens('a', 5n, 7n);
    await fs.rename('a', 'b');
    t.is([(await fs.stat('b')).atime, (await fs.stat('b')).mtime], [5n, 7n]);
  });
  it('EXCHANGE changes ctime of both files', 'rename(2) RENAME_EXCHANGE', async (fs, t) => {
    await t.file('a');
    await t.file('b');
    const before = await fs.stat('b');
    t.is(await t.moved('a', async () => {
      await fs.rename('a', 'b', RENAME.EXCHANGE);
      await fs.rename('a', 'b', RENAME.EXCHANGE);
    }), ['ctime']);
    t.ok((await fs.stat('b')).ctime > before.ctime, 'the other\'s has moved');
  });
  it('a birth time is told and stays', 'statx(2) stx_btime', async (fs, t) => {
    await t.file('a');
    const { btime, ctime } = await fs.stat('a');
    t.ok(btime > 0n && btime <= ctime, 'born before now');
    await t.tick();
    await fs.chmod('a', 0o600);
    t.is((await fs.stat('a')).btime, btime);
  }, { linux: '6.6' });
  it('a directory\'s times are kept over its children\'s changes below', 'POSIX', async (fs, t) => {
    await fs.mkdir('d');
    await fs.mkdir('d/e');
    t.is(await t.moved('d', () => t.file('d/e/a')), []);
  });
});
