import { topic } from '../behaviour.js';
import { FALLOC, LOCK, O, type Posix, RENAME, SEEK } from '../posix.js';
import type { Scene } from '../scene.js';

type Operation = (fs: Posix, t: Scene) => Promise<unknown>;
const both = ['mtime', 'ctime'];

/** What each call does to the times of `a`, a file of 5 bytes that is also named `b`, and of `d`, a directory with the file `d/a`. */
export const changes = topic('change', (it) => {
  const changing = (what: 'a' | 'd', expected: string[]) => (sentence: string, source: string, operation: Operation) => {
    it(sentence, source, async (fs, t) => {
      await t.file('a', 'hello');
      await fs.link('a', 'b');
      await fs.mkdir('d');
      await t.file('d/a', 'inside');
      t.is(await t.moved(what, () => operation(fs, t)), expected);
    });
  };
  const file = changing('a', ['ctime']);
  file('fchmod moves ctime alone', 'POSIX fchmod()', async (fs) => fs.fchmod(await fs.open('a', O.O_RDONLY), 0o600));
  file('chmod to the mode it has moves ctime', 'POSIX chmod()', (fs) => fs.chmod('a', 0o644));
  file('chown to the owner it has moves ctime', 'POSIX chown()', (fs) => fs.chown('a', 0, 0));
  file('chown that leaves both moves ctime', 'chown(2)', (fs) => fs.chown('a', -1, -1));
  file('fchown moves ctime alone', 'POSIX fchown()', async (fs) => fs.fchown(await fs.open('a', O.O_RDONLY), 1, 1));
  file('setxattr of what is there moves ctime alone', 'xattr(7)', (fs) => fs.setxattr('a', 'user.k', 'v'));
  file('removexattr moves ctime alone', 'xattr(7)', async (fs, t) => {
    await fs.setxattr('a', 'user.k', 'v');
    t.is(await t.moved('a', () => fs.removexattr('a', 'user.k')), ['ctime']);
  });
  file('a third name moves ctime alone', 'POSIX link()', (fs) => fs.link('a', 'c'));
  file('renaming its other name moves ctime alone', 'rename(2)', (fs) => fs.rename('b', 'c'));
  file('replacing its other name moves ctime alone', 'rename(2)', (fs) => fs.rename('d/a', 'b'));
  file('exchanging its other name moves ctime alone', 'rename(2) RENAME_EXCHANGE', (fs) => fs.rename('d/a', 'b', RENAME.EXCHANGE));

  const content = changing('a', both);
  content('pwrite of the bytes that are there moves mtime and ctime', 'POSIX pwrite()', async (fs) => fs.pwrite(await fs.open('a', O.O_WRONLY), 'hello', 0));
  content('an append moves mtime and ctime', 'POSIX write()', async (fs) => fs.write(await fs.open('a', O.O_WRONLY | O.O_APPEND), '!'));
  content('pwritev moves mtime and ctime', 'pwritev(2)', async (fs) => fs.pwritev(await fs.open('a', O.O_WRONLY), ['J', 'e'], 0));
  content('ftruncate to less moves mtime and ctime', 'POSIX ftruncate()', async (fs) => fs.ftruncate(await fs.open('a', O.O_WRONLY), 2));
  content('ftruncate to more moves mtime and ctime', 'POSIX ftruncate()', async (fs) => fs.ftruncate(await fs.open('a', O.O_WRONLY), 20_000));
  content('O_TRUNC moves mtime and ctime', 'POSIX open()', (fs) => fs.open('a', O.O_WRONLY | O.O_TRUNC));
  content('copying into it moves mtime and ctime', 'copy_file_range(2)', async (fs) => fs.copyFileRange(await fs.open('d/a', O.O_RDONLY), 0, await fs.open('a', O.O_WRONLY), 0, 5));
  content('punching a hole moves mtime and ctime', 'fallocate(2)', async (fs) => fs.fallocate(await fs.open('a', O.O_WRONLY), FALLOC.PUNCH_HOLE | FALLOC.KEEP_SIZE, 0, 3));

  const idle = changing('a', []);
  idle('looking moves no time', 'POSIX stat(), access()', async (fs) => [await fs.lstat('a'), await fs.statfs('a'), await fs.listxattr('a')]);
  idle('opening and closing moves no time', 'POSIX open(), close()', async (fs) => fs.close(await fs.open('a', O.O_RDWR | O.O_CREAT)));
  idle('reading attributes moves no time', 'xattr(7)', (fs, t) => t.fails('ENODATA', fs.getxattr('a', 'user.none')));
  idle('synchronizing what is unchanged moves no time', 'fsync(2)', async (fs) => fs.fsync(await fs.open('a', O.O_RDWR)));
  idle('seeking moves no time', 'lseek(2)', async (fs) => fs.lseek(await fs.open('a', O.O_RDWR), 0, SEEK.HOLE));
  idle('flock moves no time', 'flock(2)', async (fs) => fs.flock(await fs.open('a', O.O_RDWR), LOCK.EX));
  idle('omitting both times moves none', 'utimensat(2) UTIME_OMIT', (fs) => fs.utimens('a', 'omit', 'omit'));
  idle('a refused change moves no time', 'POSIX link(), rename()', async (fs, t) => {
    await t.fails('EEXIST', fs.link('a', 'b'));
    await t.fails('ENOTDIR', fs.rename('d', 'a'));
    await t.fails('ENODATA', fs.removexattr('a', 'user.none'));
  });

  const directory = changing('d', both);
  directory('mkdir moves mtime and ctime of the directory', 'POSIX mkdir()', (fs) => fs.mkdir('d/b'));
  directory('mknod moves mtime and ctime of the directory', 'POSIX mknod()', (fs) => fs.mknod('d/b', O.S_IFIFO | 0o600));
  directory('symlink moves mtime and ctime of the directory', 'POSIX symlink()', (fs) => fs.symlink('x', 'd/b'));
  directory('a rename within moves mtime and ctime of the directory', 'POSIX rename()', (fs) => fs.rename('d/a', 'd/b'));
  directory('a rename out of it moves mtime and ctime of the directory', 'POSIX rename()', (fs) => fs.rename('d/a', 'c'));
  directory('a replaced name moves mtime and ctime of the directory', 'POSIX rename()', (fs) => fs.rename('a', 'd/a'));
  directory('an exchange moves mtime and ctime of the directory', 'rename(2) RENAME_EXCHANGE', (fs) => fs.rename('a', 'd/a', RENAME.EXCHANGE));
  directory('naming an O_TMPFILE moves mtime and ctime of the directory', 'linkat(2)', async (fs) => fs.linkFd(await fs.open('d', O.O_TMPFILE | O.O_RDWR), 'd/b'));

  const still = changing('d', []);
  still('refused changes move no time of the directory', 'POSIX mkdir(), unlink()', async (fs, t) => {
    await t.fails('EEXIST', fs.mkdir('d/a'));
    await t.fails('ENOENT', fs.unlink('d/none'));
    await t.fails('EEXIST', fs.link('a', 'd/a'));
  });
  still('changing the attributes of a file moves no time of its directory', 'POSIX chmod()', async (fs) => [await fs.chmod('d/a', 0o600), await fs.chown('d/a', 1, 1), await fs.setxattr('d/a', 'user.k', 'v')]);
  still('an O_TMPFILE moves no time of its directory', 'open(2) O_TMPFILE', (fs) => fs.open('d', O.O_TMPFILE | O.O_RDWR));
});
