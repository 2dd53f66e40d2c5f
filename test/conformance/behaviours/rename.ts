import { topic } from '../behaviour.js';
import { O, RENAME } from '../posix.js';

export const renames = topic('rename', (it) => {
  it('moves a file', 'rename(2)', async (fs, t) => {
    await t.file('a', 'hello');
    const ino = await t.ino('a');
    await fs.rename('a', 'b');
    t.is([await t.names(), await t.content('b'), await t.ino('b')], [['b'], 'hello', ino]);
  });
  it('moves into another directory', 'rename(2)', async (fs, t) => {
    await fs.mkdir('d');
    await t.file('a', 'hello');
    await fs.rename('a', 'd/b');
    t.is([await t.names(), await t.content('d/b')], [['d'], 'hello']);
  });
  it('replaces a file', 'rename(2)', async (fs, t) => {
    await t.file('a', 'new');
    await t.file('b', 'old');
    await fs.rename('a', 'b');
    t.is([await t.names(), await t.content('b')], [['b'], 'new']);
  });
  it('leaves the replaced file to those who have it open', 'rename(2)', async (fs, t) => {
    const fd = await t.opened('b', 'old');
    await t.file('a', 'new');
    await fs.rename('a', 'b');
    t.is([await t.at(fd, 0, 10), (await fs.fstat(fd)).nlink], ['old', 0]);
  });
  it('takes one link from the replaced file', 'rename(2)', async (fs, t) => {
    await t.file('a', 'new');
    await t.file('b', 'old');
    await fs.link('b', 'c');
    await fs.rename('a', 'b');
    t.is([await t.nlink('c'), await t.content('c')], [1, 'old']);
  });
  it('between two names of one file does nothing', 'rename(2)', async (fs, t) => {
    await t.file('a');
    await fs.link('a', 'b');
    await fs.rename('a', 'b');
    t.is(await t.names(), ['a', 'b']);
    await fs.rename('a', 'a');
    t.is(await t.nlink('a'), 2);
  });
  it('moves a directory with all below it', 'rename(2)', async (fs, t) => {
    await fs.mkdir('d');
    await fs.mkdir('d/e');
    await t.file('d/e/a', 'hello');
    await fs.rename('d', 'x');
    t.is(await t.content('x/e/a'), 'hello');
    await t.fails('ENOENT', fs.stat('d'));
  });
  it('of a directory moves the link of "..", too', 'rename(2), inode(7)', async (fs, t) => {
    await fs.mkdir('from');
    await fs.mkdir('to');
    await fs.mkdir('from/d');
    await fs.rename('from/d', 'to/d');
    t.is([await t.nlink('from'), await t.nlink('to'), await t.ino('to/d/..')], [2, 3, await t.ino('to')]);
  });
  it('replaces an empty directory by a directory', 'rename(2)', async (fs, t) => {
    await fs.mkdir('a');
    await t.file('a/x');
    await fs.mkdir('b');
    await fs.rename('a', 'b');
    t.is([await t.names(), await t.names('b')], [['b'], ['x']]);
  });
  it('counts links when a directory replaces one elsewhere', 'rename(2), inode(7)', async (fs, t) => {
    for (const path of ['from', 'to', 'from/d', 'to/d']) await fs.mkdir(path);
    await fs.rename('from/d', 'to/d');
    t.is([await t.nlink('from'), await t.nlink('to')], [2, 3]);
  });
  it('refuses to replace a directory that is not empty', 'rename(2) ENOTEMPTY', async (fs, t) => {
    await fs.mkdir('a');
    await fs.mkdir('b');
    await t.file('b/x');
    await t.fails('ENOTEMPTY|EEXIST', fs.rename('a', 'b'));
  });
  it('refuses to replace a directory by a file and a file by a directory', 'rename(2) EISDIR ENOTDIR', async (fs, t) => {
    await fs.mkdir('d');
    await t.file('a');
    await t.fails('EISDIR', fs.rename('a', 'd'));
    await t.fails('ENOTDIR', fs.rename('d', 'a'));
  });
  it('refuses to move a directory below itself', 'rename(2) EINVAL', async (fs, t) => {
    await fs.mkdir('d');
    await fs.mkdir('d/e');
    await t.fails('EINVAL', fs.rename('d', 'd/x'));
    await t.fails('EINVAL', fs.rename('d', 'd/e/x'));
  });
  it('refuses to replace an ancestor', 'rename(2) ENOTEMPTY', async (fs, t) => {
    await fs.mkdir('d');
    await fs.mkdir('d/e');
    await t.fails('ENOTEMPTY|EEXIST', fs.rename('d/e', 'd'));
  });
  it('needs a source and a place', 'rename(2) ENOENT', async (fs, t) => {
    await t.file('a');
    await t.fails('ENOENT', fs.rename('none', 'b'));
    await t.fails('ENOENT', fs.rename('a', 'none/b'));
    await t.fails('ENOTDIR', fs.rename('a', 'a/b'));
  });
  it('refuses "." and ".."', 'rename(2) EBUSY', async (fs, t) => {
    await fs.mkdir('d');
    await t.fails('EBUSY|EINVAL', fs.rename('d/.', 'e'));
    await t.fails('EBUSY|EINVAL', fs.rename('d/..', 'e'));
  }, { kernel: 'the kernel resolves "." and ".."' });
  it('moves a symbolic link itself', 'rename(2)', async (fs, t) => {
    await t.file('a', 'hello');
    await fs.symlink('a', 'link');
    await fs.rename('link', 'moved');
    t.is([await fs.readlink('moved'), await t.content('a')], ['a', 'hello']);
  });
  it('replaces a symbolic link, not its target', 'rename(2)', async (fs, t) => {
    await t.file('a', 'new');
    await t.file('target', 'old');
    await fs.symlink('target', 'link');
    await fs.rename('a', 'link');
    t.is([await t.content('link'), await t.content('target'), (await fs.lstat('link')).mode & O.S_IFMT], ['new', 'old', O.S_IFREG]);
  });
  it('an open file is the same file afterwards', 'rename(2)', async (fs, t) => {
    const fd = await t.opened('a', 'hello');
    await fs.rename('a', 'b');
    await fs.pwrite(fd, 'J', 0);
    t.is(await t.content('b'), 'Jello');
  });
  it('changes ctime of the file and times of both directories', 'POSIX rename()', async (fs, t) => {
    await fs.mkdir('from');
    await fs.mkdir('to');
    await t.file('from/a');
    const before = await fs.stat('from/a');
    const moved = [await t.moved('from', async () => t.is(await t.moved('to', () => fs.rename('from/a', 'to/a')), ['mtime', 'ctime']))];
    const after = await fs.stat('to/a');
    t.is([moved[0], after.mtime, after.ctime > before.ctime], [['mtime', 'ctime'], before.mtime, true]);
  });
  it('is atomic for those who look: the name is always there', 'rename(2)', async (fs, t) => {
    await t.file('name', '0');
    for (let i = 1; i <= 50; i++) {
      await t.file('next', String(i));
      await fs.rename('next', 'name');
      t.is(await t.content('name'), String(i));
    }
  });

  it('NOREPLACE refuses a name that is taken', 'rename(2) RENAME_NOREPLACE EEXIST', async (fs, t) => {
    await t.file('a', 'new');
    await t.file('b', 'old');
    await t.fails('EEXIST', fs.rename('a', 'b', RENAME.NOREPLACE));
    t.is(await t.content('b'), 'old');
    await fs.rename('a', 'c', RENAME.NOREPLACE);
    t.is(await t.names(), ['b', 'c']);
  });
  it('EXCHANGE swaps two files', 'rename(2) RENAME_EXCHANGE', async (fs, t) => {
    await t.file('a', 'first');
    await t.file('b', 'second');
    await fs.rename('a', 'b', RENAME.EXCHANGE);
    t.is([await t.content('a'), await t.content('b')], ['second', 'first']);
  });
  it('EXCHANGE swaps a file and a directory, links counted', 'rename(2) RENAME_EXCHANGE', async (fs, t) => {
    for (const path of ['x', 'y', 'x/d']) await fs.mkdir(path);
    await t.file('x/d/inside', 'hello');
    await t.file('y/a', 'file');
    await fs.rename('x/d', 'y/a', RENAME.EXCHANGE);
    t.is([await t.content('x/d'), await t.content('y/a/inside')], ['file', 'hello']);
    t.is([await t.nlink('x'), await t.nlink('y'), await t.ino('y/a/..')], [2, 3, await t.ino('y')]);
  });
  it('EXCHANGE swaps directories that are not empty', 'rename(2) RENAME_EXCHANGE', async (fs, t) => {
    await fs.mkdir('a');
    await fs.mkdir('b');
    await t.file('a/1');
    await t.file('b/2');
    await fs.rename('a', 'b', RENAME.EXCHANGE);
    t.is([await t.names('a'), await t.names('b')], [['2'], ['1']]);
  });
  it('EXCHANGE needs both names', 'rename(2) RENAME_EXCHANGE ENOENT', async (fs, t) => {
    await t.file('a');
    await t.fails('ENOENT', fs.rename('a', 'none', RENAME.EXCHANGE));
    await t.fails('ENOENT', fs.rename('none', 'a', RENAME.EXCHANGE));
  });
  it('EXCHANGE refuses to make a directory its own descendant', 'rename(2) EINVAL', async (fs, t) => {
    await fs.mkdir('d');
    await fs.mkdir('d/e');
    await t.fails('EINVAL', fs.rename('d', 'd/e', RENAME.EXCHANGE));
    await t.fails('EINVAL', fs.rename('d/e', 'd', RENAME.EXCHANGE));
  });
  it('flags that contradict each other are refused', 'rename(2) EINVAL', async (fs, t) => {
    await t.file('a');
    await t.file('b');
    await t.fails('EINVAL', fs.rename('a', 'b', RENAME.EXCHANGE | RENAME.NOREPLACE));
    await t.fails('EINVAL', fs.rename('a', 'b', RENAME.EXCHANGE | RENAME.WHITEOUT));
    await t.fails('EINVAL', fs.rename('a', 'b', 0x100));
  });
  it('WHITEOUT leaves a character device 0:0', 'rename(2) RENAME_WHITEOUT', async (fs, t) => {
    await t.file('a', 'hello');
    await fs.rename('a', 'b', RENAME.WHITEOUT);
    const { mode, rdev } = await fs.lstat('a');
    t.is([mode & O.S_IFMT, rdev, await t.content('b')], [O.S_IFCHR, 0, 'hello']);
  });
});
