import { topic } from '../behaviour.js';
import { O } from '../posix.js';

export const files = topic('file', (it) => {
  it('a new file is empty, regular and has one name', 'open(2) O_CREAT', async (fs, t) => {
    const stat = await fs.fstat(await fs.open('a', O.O_CREAT | O.O_RDWR, 0o640));
    t.is([stat.mode, stat.size, stat.nlink, stat.blocks], [O.S_IFREG | 0o640, 0, 1, 0]);
  });
  it('the umask takes bits from the mode of a new file', 'umask(2)', async (fs, t) => {
    await fs.umask(0o027);
    await fs.open('a', O.O_CREAT | O.O_WRONLY, 0o666);
    t.is(await t.mode('a'), 0o640);
  });
  it('set-id and sticky bits of the mode are kept', 'open(2) mode', async (fs, t) => {
    await fs.open('a', O.O_CREAT | O.O_WRONLY, 0o7755);
    t.is(await t.mode('a'), 0o7755);
  });
  it('a new file may be written through an fd whose mode forbids it', 'open(2): mode applies to future accesses', async (fs, t) => {
    const fd = await fs.open('a', O.O_CREAT | O.O_RDWR, 0);
    t.is(await fs.write(fd, 'hello'), 5);
    t.is(await t.mode('a'), 0);
  });
  it('O_CREAT opens what exists and leaves its mode and content', 'open(2) O_CREAT', async (fs, t) => {
    await t.file('a', 'hello', 0o600);
    await fs.open('a', O.O_CREAT | O.O_RDWR, 0o777);
    t.is([await t.mode('a'), await t.content('a')], [0o600, 'hello']);
  });
  it('O_CREAT|O_EXCL refuses what exists', 'open(2) EEXIST', async (fs, t) => {
    await t.file('a');
    await t.fails('EEXIST', fs.open('a', O.O_CREAT | O.O_EXCL | O.O_WRONLY));
  });
  it('O_CREAT|O_EXCL refuses a symbolic link that leads nowhere', 'open(2) O_EXCL', async (fs, t) => {
    await fs.symlink('none', 'link');
    await t.fails('EEXIST', fs.open('link', O.O_CREAT | O.O_EXCL | O.O_WRONLY));
    t.is(await t.names(), ['link']);
  });
  it('O_CREAT through a symbolic link makes its target', 'open(2) O_CREAT', async (fs, t) => {
    await fs.symlink('target', 'link');
    await fs.open('link', O.O_CREAT | O.O_WRONLY);
    t.is(await t.names(), ['link', 'target']);
  });
  it('opening a name that is not there fails', 'open(2) ENOENT', async (fs, t) => {
    await t.fails('ENOENT', fs.open('none', O.O_RDONLY));
    await t.fails('ENOENT', fs.open('none/a', O.O_CREAT | O.O_WRONLY));
  });
  it('a file has nothing below it', 'open(2) ENOTDIR', async (fs, t) => {
    await t.file('a');
    await t.fails('ENOTDIR', fs.open('a/b', O.O_RDONLY));
    await t.fails('ENOTDIR', fs.open('a', O.O_RDONLY | O.O_DIRECTORY));
    await t.fails('ENOTDIR', fs.open('a/', O.O_RDONLY));
  });
  it('a directory cannot be opened for writing', 'open(2) EISDIR', async (fs, t) => {
    await fs.mkdir('d');
    await t.fails('EISDIR', fs.open('d', O.O_WRONLY));
    await t.fails('EISDIR', fs.open('d', O.O_RDWR));
    await t.fails('EISDIR', fs.open('d', O.O_CREAT | O.O_RDONLY));
  });
  it('O_NOFOLLOW refuses a symbolic link', 'open(2) O_NOFOLLOW', async (fs, t) => {
    await t.file('a');
    await fs.symlink('a', 'link');
    await t.fails('ELOOP', fs.open('link', O.O_RDONLY | O.O_NOFOLLOW));
  });
  it('O_TRUNC empties a file', 'open(2) O_TRUNC', async (fs, t) => {
    await t.file('a', 'hello');
    await fs.open('a', O.O_WRONLY | O.O_TRUNC);
    t.is(await t.size('a'), 0);
  });
  it('O_TRUNC of an empty file is still a modification', 'open(2) O_TRUNC, POSIX open()', async (fs, t) => {
    await t.file('a');
    const moved = await t.moved('a', async () => fs.close(await fs.open('a', O.O_WRONLY | O.O_TRUNC)));
    t.is(moved, ['mtime', 'ctime']);
  });
  it('each open has its own position', 'open(2): open file description', async (fs, t) => {
    const first = await t.opened('a', 'hello');
    const second = await fs.open('a', O.O_RDONLY);
    await fs.read(first, 3);
    t.is([await fs.lseek(first, 0, 1), await fs.lseek(second, 0, 1)], [3, 0]);
  });
  it('a duplicate fd shares the position', 'dup(2)', async (fs, t) => {
    const fd = await t.opened('a', 'hello');
    const copy = await fs.dup(fd);
    await fs.read(fd, 3);
    t.is(await fs.lseek(copy, 0, 1), 3);
  }, { kernel: 'fds are the kernel\'s' });
  it('reading needs an fd open for reading, writing one for writing', 'read(2), write(2) EBADF', async (fs, t) => {
    await t.file('a', 'hello');
    await t.fails('EBADF', fs.read(await fs.open('a', O.O_WRONLY), 1));
    await t.fails('EBADF', fs.write(await fs.open('a', O.O_RDONLY), 'x'));
  });
  it('what one open writes, another reads at once', 'write(2): POSIX requires', async (fs, t) => {
    const writer = await t.opened('a', 'old content');
    const reader = await fs.open('a', O.O_RDONLY);
    t.is(await t.at(reader, 0, 3), 'old');
    await fs.pwrite(writer, 'new', 0);
    t.is(await t.at(reader, 0, 11), 'new content');
  });
  it('O_PATH opens without reading', 'open(2) O_PATH', async (fs, t) => {
    await t.file('a', 'hello', 0);
    const fd = await fs.open('a', O.O_PATH);
    t.is((await fs.fstat(fd)).size, 5);
    await t.fails('EBADF', fs.read(fd, 1));
  }, { kernel: 'O_PATH opens never reach the file system' });
  it('many files are open at once', 'open(2)', async (_fs, t) => {
    const fds: number[] = [];
    for (let i = 0; i < 200; i++) fds.push(await t.opened(`f${i}`, `content ${i}`));
    for (const [i, fd] of fds.entries()) t.is(await t.at(fd, 0, 20), `content ${i}`);
  });
  it('fsync and fdatasync of a file and of a directory succeed', 'fsync(2)', async (fs) => {
    await fs.fsync(await fs.open('a', O.O_CREAT | O.O_WRONLY));
    await fs.fdatasync(await fs.open('a', O.O_WRONLY));
    await fs.fsync(await fs.open('.', O.O_RDONLY | O.O_DIRECTORY));
    await fs.fdatasync(await fs.open('.', O.O_RDONLY | O.O_DIRECTORY));
  });
  it('syncfs succeeds', 'syncfs(2)', async (fs, t) => {
    await fs.syncfs(await t.opened('a', 'hello'));
  });
});
