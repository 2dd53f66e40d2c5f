import { topic } from '../behaviour.js';
import { O } from '../posix.js';

export const flags = topic('flags', (it) => {
  it('O_DIRECTORY refuses files and links to files', 'open(2) O_DIRECTORY ENOTDIR', async (fs, t) => {
    await t.file('a');
    await fs.symlink('a', 'link');
    for (const name of ['a', 'link']) await t.fails('ENOTDIR', fs.open(name, O.O_RDONLY | O.O_DIRECTORY));
  });
  it('O_DIRECTORY follows a link to a directory, with O_NOFOLLOW not', 'open(2) O_DIRECTORY O_NOFOLLOW', async (fs, t) => {
    await fs.mkdir('d');
    await fs.symlink('d', 'link');
    await fs.open('link', O.O_RDONLY | O.O_DIRECTORY);
    await t.fails('ENOTDIR|ELOOP', fs.open('link', O.O_RDONLY | O.O_DIRECTORY | O.O_NOFOLLOW));
  });
  it('O_NOFOLLOW is for the last name alone', 'open(2) O_NOFOLLOW', async (fs, t) => {
    await fs.mkdir('d');
    await t.file('d/a');
    await fs.symlink('d', 'link');
    await fs.open('link/a', O.O_RDONLY | O.O_NOFOLLOW);
  });
  it('O_CREAT|O_NOFOLLOW makes nothing through a link', 'open(2) ELOOP', async (fs, t) => {
    await fs.symlink('target', 'link');
    await t.fails('ELOOP', fs.open('link', O.O_CREAT | O.O_WRONLY | O.O_NOFOLLOW));
    t.is(await t.names(), ['link']);
  }, { kernel: 'the kernel resolves links' });
  it('O_CREAT|O_EXCL refuses a directory', 'open(2) EEXIST', async (fs, t) => {
    await fs.mkdir('d');
    await t.fails('EEXIST', fs.open('d', O.O_CREAT | O.O_EXCL | O.O_WRONLY));
  });
  it('O_CREAT of a directory is refused', 'open(2) EISDIR', async (fs, t) => {
    await fs.mkdir('d');
    await t.fails('EISDIR', fs.open('d', O.O_CREAT | O.O_RDWR));
    await t.fails('EISDIR', fs.open('d', O.O_CREAT | O.O_RDONLY));
  });
  it('O_CREAT|O_EXCL with O_TRUNC destroys nothing', 'open(2) EEXIST', async (fs, t) => {
    await t.file('a', 'hello');
    await t.fails('EEXIST', fs.open('a', O.O_CREAT | O.O_EXCL | O.O_TRUNC | O.O_WRONLY));
    t.is(await t.content('a'), 'hello');
  });
  it('O_TRUNC|O_APPEND empties, then appends', 'open(2) O_TRUNC O_APPEND', async (fs, t) => {
    await t.file('a', 'hello');
    const fd = await fs.open('a', O.O_WRONLY | O.O_TRUNC | O.O_APPEND);
    await fs.write(fd, 'a');
    await fs.pwrite(fd, 'b', 0);
    t.is(await t.content('a'), 'ab');
  });
  it('O_PATH opens a symbolic link itself', 'open(2) O_PATH O_NOFOLLOW', async (fs, t) => {
    await fs.symlink('none', 'link');
    t.is((await fs.fstat(await fs.open('link', O.O_PATH | O.O_NOFOLLOW))).mode & O.S_IFMT, O.S_IFLNK);
  }, { kernel: 'O_PATH opens never reach the file system' });
  it('O_PATH needs no permission on the file, and gives none', 'open(2) O_PATH EBADF', async (fs, t) => {
    await t.file('a', 'hello', 0);
    await t.as({ uid: 1002, gid: 1002 }, async () => {
      const fd = await fs.open('a', O.O_PATH);
      t.is((await fs.fstat(fd)).size, 5);
      for (const call of [fs.pread(fd, 1, 0), fs.fchmod(fd, 0o777), fs.ftruncate(fd, 0)]) await t.fails('EBADF', call);
    });
  }, { kernel: 'O_PATH opens never reach the file system' });
  it('an O_PATH of a removed file still tells about it', 'open(2) O_PATH', async (fs, t) => {
    await t.file('a', 'hello');
    const fd = await fs.open('a', O.O_PATH);
    await fs.unlink('a');
    t.is([(await fs.fstat(fd)).nlink, (await fs.fstat(fd)).size], [0, 5]);
  }, { kernel: 'O_PATH opens never reach the file system' });
  it('O_PATH opens a FIFO and a socket', 'open(2) O_PATH', async (fs, t) => {
    for (const [name, type] of [['fifo', O.S_IFIFO], ['socket', O.S_IFSOCK]] as const) {
      await fs.mknod(name, type | 0o600);
      t.is((await fs.fstat(await fs.open(name, O.O_PATH))).mode & O.S_IFMT, type);
    }
  }, { kernel: 'O_PATH opens never reach the file system' });
  it('a FIFO nobody reads refuses a writer that would not wait', 'fifo(7), open(2) ENXIO', async (fs, t) => {
    await fs.mknod('fifo', O.S_IFIFO | 0o600);
    await t.fails('ENXIO', fs.open('fifo', O.O_WRONLY | O.O_NONBLOCK));
  }, { kernel: 'FIFOs are the kernel\'s' });
  it('a symbolic link to "." and to ".." is followed', 'path_resolution(7)', async (fs, t) => {
    await fs.mkdir('d');
    await fs.symlink('.', 'd/here');
    await fs.symlink('..', 'd/up');
    t.is([await t.ino('d/here/here/up/d/.'), await t.ino('d/up/.')], [await t.ino('d'), await t.ino('.')]);
  });
  it('a link to itself fails, but is removed', 'path_resolution(7) ELOOP', async (fs, t) => {
    await fs.symlink('link', 'link');
    await t.fails('ELOOP', fs.open('link', O.O_RDONLY));
    await t.fails('ELOOP', fs.chmod('link', 0o600));
    await t.fails('ELOOP', fs.truncate('link', 0));
    await fs.unlink('link');
    t.is(await t.names(), []);
  });
  it('a dangling link in the middle of a path fails', 'path_resolution(7) ENOENT', async (fs, t) => {
    await fs.symlink('none', 'link');
    await t.fails('ENOENT', fs.mkdir('link/d'));
    await t.fails('ENOENT', fs.link('link/a', 'b'));
  });
});
