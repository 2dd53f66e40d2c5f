import { topic } from '../behaviour.js';
import { O } from '../posix.js';

export const unlinked = topic('unlinked', (it) => {
  it('an open file is read and written after its last name', 'unlink(2)', async (fs, t) => {
    const fd = await t.opened('a', 'hello');
    await fs.unlink('a');
    t.is(await t.at(fd, 0, 10), 'hello');
    await fs.pwrite(fd, 'J', 0);
    t.is(await t.at(fd, 0, 10), 'Jello');
  });
  it('its link count is 0', 'unlink(2), stat(2)', async (fs, t) => {
    const fd = await t.opened('a', 'hello');
    await fs.unlink('a');
    t.is([(await fs.fstat(fd)).nlink, (await fs.fstat(fd)).size], [0, 5]);
  });
  it('it is truncated, grown, and its attributes set', 'ftruncate(2), fchmod(2), utimensat(2)', async (fs, t) => {
    const fd = await t.opened('a', 'hello');
    await fs.unlink('a');
    await fs.ftruncate(fd, 2);
    await fs.ftruncate(fd, 4);
    await fs.fchmod(fd, 0o600);
    await fs.futimens(fd, 5n, 7n);
    const stat = await fs.fstat(fd);
    t.is([await t.at(fd, 0, 9), stat.mode & 0o777, stat.mtime], ['he\0\0', 0o600, 7n]);
  });
  it('a new file of the name is another', 'unlink(2)', async (fs, t) => {
    const fd = await t.opened('a', 'old');
    const { ino } = await fs.fstat(fd);
    await fs.unlink('a');
    await t.file('a', 'new');
    t.is([await t.at(fd, 0, 10), await t.content('a'), (await t.ino('a')) === ino], ['old', 'new', false]);
  });
  it('two opens share what is left', 'unlink(2)', async (fs, t) => {
    const one = await t.opened('a', 'hello');
    const two = await fs.open('a', O.O_RDONLY);
    await fs.unlink('a');
    await fs.pwrite(one, 'J', 0);
    await fs.close(one);
    t.is(await t.at(two, 0, 10), 'Jello');
  });
  it('a symbolic link that is held by an O_PATH fd is still there for that', 'unlink(2), open(2) O_PATH', async (fs, t) => {
    await fs.symlink('x', 'link');
    const fd = await fs.open('link', O.O_PATH | O.O_NOFOLLOW);
    await fs.unlink('link');
    const { nlink, size } = await fs.fstat(fd);
    t.is([nlink, size], [0, 1]);
  }, { kernel: 'O_PATH opens never reach the file system' });
  it('a working directory that another one has replaced is still there, and takes nothing', 'rename(2), mkdir(2) ENOENT', async (fs, t) => {
    await fs.mkdir('a');
    await fs.mkdir('b');
    await fs.chdir('a');
    await fs.rename('../b', '../a');
    t.is((await fs.stat('.')).nlink, 0);
    await t.fails('ENOENT', fs.mkdir('c'));
    await t.fails('ENOENT', fs.open('d', O.O_CREAT | O.O_WRONLY));
  }, { kernel: 'the kernel resolves ".."' });
  it('it cannot be given a name again', 'link(2) ENOENT', async (fs, t) => {
    const fd = await t.opened('a', 'hello');
    await fs.unlink('a');
    await t.fails('ENOENT', fs.linkFd(fd, 'b'));
  }, { kernel: 'the kernel knows which files may be linked' });
  it('names are used again and again while old files stay open', 'unlink(2), open(2)', async (fs, t) => {
    const fds: number[] = [];
    for (let i = 0; i < 100; i++) {
      fds.push(await t.opened('name', `content ${i}`));
      await fs.unlink('name');
    }
    for (const [i, fd] of fds.entries()) t.is(await t.at(fd, 0, 20), `content ${i}`);
    const numbers = new Set<number>();
    for (const fd of fds) numbers.add((await fs.fstat(fd)).ino);
    t.is(numbers.size, 100);
  });
  it('its blocks are given back with the last close', 'unlink(2), statfs(2)', async (fs, t) => {
    const before = await fs.statfs('.');
    const fd = await t.opened('a', new Uint8Array(8 << 20).fill(1));
    await fs.unlink('a');
    t.ok((before.bfree - (await fs.statfs('.')).bfree) * before.bsize >= 8 << 20, 'taken while it is open');
    await fs.close(fd);
    for (let left = 10_000; (before.bfree - (await fs.statfs('.')).bfree) * before.bsize > 1 << 20; left--) t.ok(left > 0, 'free afterwards');
  }, { skip: { ext4: 'others write on the same disk at the same time', tmpfs: 'others write into the same memory at the same time' } });
  it('a file whose directory is gone works', 'unlink(2), rmdir(2)', async (fs, t) => {
    await fs.mkdir('d');
    const fd = await t.opened('d/a', 'hello');
    await fs.unlink('d/a');
    await fs.rmdir('d');
    await fs.write(fd, 'J');
    t.is(await t.at(fd, 0, 10), 'Jello');
  });
  it('its attributes are got by fd when it was opened for writing only', 'fstat(2)', async (fs, t) => {
    await t.file('a', 'hello');
    const fd = await fs.open('a', O.O_WRONLY);
    await fs.unlink('a');
    await fs.pwrite(fd, ' world', 5);
    t.is((await fs.fstat(fd)).size, 11);
  });
});
