import { topic } from '../behaviour.js';
import { O } from '../posix.js';

export const links = topic('link', (it) => {
  it('a second name is the same file', 'link(2)', async (fs, t) => {
    await t.file('a', 'hello');
    await fs.link('a', 'b');
    t.is([await t.ino('b'), await t.nlink('a'), await t.nlink('b')], [await t.ino('a'), 2, 2]);
    await t.file('b', 'changed');
    t.is(await t.content('a'), 'changed');
  });
  it('removing one name leaves the other', 'unlink(2)', async (fs, t) => {
    await t.file('a', 'hello');
    await fs.link('a', 'b');
    await fs.unlink('a');
    t.is([await t.content('b'), await t.nlink('b'), await t.names()], ['hello', 1, ['b']]);
  });
  it('across directories', 'link(2)', async (fs, t) => {
    await fs.mkdir('d');
    await t.file('a', 'hello');
    await fs.link('a', 'd/b');
    await fs.unlink('a');
    t.is(await t.content('d/b'), 'hello');
  });
  it('attributes belong to the file, not to the name', 'inode(7)', async (fs, t) => {
    await t.file('a');
    await fs.link('a', 'b');
    await fs.chmod('a', 0o600);
    await fs.truncate('b', 100);
    t.is([await t.mode('b'), await t.size('a')], [0o600, 100]);
  });
  it('refuses a name that is taken', 'link(2) EEXIST', async (fs, t) => {
    await t.file('a');
    await t.file('b');
    await fs.symlink('none', 'link');
    await t.fails('EEXIST', fs.link('a', 'b'));
    await t.fails('EEXIST', fs.link('a', 'a'));
    await t.fails('EEXIST', fs.link('a', 'link'));
  });
  it('refuses directories', 'link(2) EPERM', async (fs, t) => {
    await fs.mkdir('d');
    await t.fails('EPERM', fs.link('d', 'e'));
  });
  it('needs a file and a place', 'link(2) ENOENT ENOTDIR', async (fs, t) => {
    await t.file('a');
    await t.fails('ENOENT', fs.link('none', 'b'));
    await t.fails('ENOENT', fs.link('a', 'none/b'));
    await t.fails('ENOTDIR', fs.link('a', 'a/b'));
  });
  it('of a symbolic link is a second name of the link itself', 'link(2), linkat(2)', async (fs, t) => {
    await fs.symlink('target', 'link');
    await fs.link('link', 'second');
    t.is([await fs.readlink('second'), await t.nlink('link')], ['target', 2]);
  });
  it('of a FIFO works', 'link(2)', async (fs, t) => {
    await fs.mknod('fifo', O.S_IFIFO | 0o600);
    await fs.link('fifo', 'second');
    t.is(await t.nlink('second'), 2);
  });
  it('changes ctime of the file and times of the directory', 'POSIX link()', async (fs, t) => {
    await t.file('a');
    await fs.mkdir('d');
    t.is(await t.moved('a', () => fs.link('a', 'd/b')), ['ctime']);
    t.is(await t.moved('d', () => fs.link('a', 'd/c')), ['mtime', 'ctime']);
  });
  it('unlink changes ctime of the file that is left', 'POSIX unlink()', async (fs, t) => {
    await t.file('a');
    await fs.link('a', 'b');
    t.is(await t.moved('b', () => fs.unlink('a')), ['ctime']);
  });
  it('unlink of what is not there fails', 'unlink(2) ENOENT ENOTDIR', async (fs, t) => {
    await t.file('a');
    await t.fails('ENOENT', fs.unlink('none'));
    await t.fails('ENOTDIR', fs.unlink('a/b'));
  });
  it('hundreds of names of one file', 'link(2)', async (fs, t) => {
    await t.file('a');
    for (let i = 0; i < 300; i++) await fs.link('a', `name-${i}`);
    t.is(await t.nlink('a'), 301);
    for (let i = 0; i < 300; i++) await fs.unlink(`name-${i}`);
    t.is(await t.nlink('a'), 1);
  });
});

export const symlinks = topic('symlink', (it) => {
  it('keeps its text as it is', 'symlink(2), readlink(2)', async (fs, t) => {
    for (const [i, text] of ['target', '../x/./y//z', '/absolute', 'x'.repeat(1000), 'blank and "quote"'].entries()) {
      await fs.symlink(text, `link-${i}`);
      t.is(await fs.readlink(`link-${i}`), text);
    }
  });
  it('is of type link, mode 777, and as long as its text', 'symlink(7), inode(7)', async (fs, t) => {
    await fs.symlink('target', 'link');
    const { mode, size, nlink } = await fs.lstat('link');
    t.is([mode, size, nlink], [O.S_IFLNK | 0o777, 6, 1]);
  });
  it('text of 4095 bytes is allowed', 'symlink(2), PATH_MAX', async (fs, t) => {
    const text = 'x'.repeat(4095);
    await fs.symlink(text, 'link');
    t.is([await fs.readlink('link'), await t.size('link')], [text, 4095]);
  });
  it('text of 4096 bytes is refused', 'symlink(2) ENAMETOOLONG', async (fs, t) => {
    await t.fails('ENAMETOOLONG', fs.symlink('x'.repeat(4096), 'link'));
  }, { kernel: 'the kernel bounds paths' });
  it('empty text is refused', 'symlink(2) ENOENT', async (fs, t) => {
    await t.fails('ENOENT', fs.symlink('', 'link'));
  }, { kernel: 'the kernel refuses empty paths' });
  it('refuses a name that is taken', 'symlink(2) EEXIST', async (fs, t) => {
    await t.file('a');
    await fs.symlink('none', 'link');
    await t.fails('EEXIST', fs.symlink('x', 'a'));
    await t.fails('EEXIST', fs.symlink('x', 'link'));
  });
  it('is followed to files and directories', 'path_resolution(7)', async (fs, t) => {
    await fs.mkdir('d');
    await t.file('d/a', 'hello');
    await fs.symlink('d', 'dir');
    await fs.symlink('dir/a', 'file');
    t.is([await t.content('dir/a'), await t.content('file'), (await fs.stat('file')).size], ['hello', 'hello', 5]);
  });
  it('leads from its own directory', 'path_resolution(7)', async (fs, t) => {
    await fs.mkdir('d');
    await t.file('a', 'hello');
    await fs.symlink('../a', 'd/link');
    t.is(await t.content('d/link'), 'hello');
  });
  it('that leads nowhere fails when followed', 'path_resolution(7) ENOENT', async (fs, t) => {
    await fs.symlink('none', 'link');
    await t.fails('ENOENT', fs.stat('link'));
    t.is((await fs.lstat('link')).mode & O.S_IFMT, O.S_IFLNK);
  });
  it('in a circle fails', 'path_resolution(7) ELOOP', async (fs, t) => {
    await fs.symlink('b', 'a');
    await fs.symlink('a', 'b');
    await t.fails('ELOOP', fs.stat('a'));
    await t.fails('ELOOP', fs.stat('a/x'));
  });
  it('a chain of 40 is followed', 'path_resolution(7): at most 40', async (fs, t) => {
    await t.file('link-0', 'hello');
    for (let i = 1; i <= 41; i++) await fs.symlink(`link-${i - 1}`, `link-${i}`);
    t.is(await t.content('link-40'), 'hello');
    await t.fails('ELOOP', fs.stat('link-41'));
  });
  it('readlink refuses what is no link', 'readlink(2) EINVAL', async (fs, t) => {
    await t.file('a');
    await t.fails('EINVAL', fs.readlink('a'));
    await t.fails('EINVAL', fs.readlink('.'));
    await t.fails('ENOENT', fs.readlink('none'));
  }, { kernel: 'the kernel asks for the text of links only' });
  it('unlink removes the link, not its target', 'unlink(2)', async (fs, t) => {
    await t.file('a', 'hello');
    await fs.symlink('a', 'link');
    await fs.unlink('link');
    t.is(await t.names(), ['a']);
  });
  it('chown of the link leaves its target', 'lchown(2)', async (fs, t) => {
    await t.file('a');
    await fs.symlink('a', 'link');
    await fs.chown('link', 12, 34);
    t.is([(await fs.lstat('link')).uid, (await fs.lstat('link')).gid, (await fs.stat('a')).uid], [12, 34, 0]);
  });
  it('utimensat of the link leaves its target', 'utimensat(2) AT_SYMLINK_NOFOLLOW', async (fs, t) => {
    await t.file('a');
    await fs.symlink('a', 'link');
    await fs.utimens('link', 5n, 7n);
    t.is((await fs.lstat('link')).mtime, 7n);
    t.ok((await fs.stat('a')).mtime > 7n, 'the target keeps its time');
  });
});
