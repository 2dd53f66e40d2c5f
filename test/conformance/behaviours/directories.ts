import { topic } from '../behaviour.js';
import { DT, O, SEEK } from '../posix.js';

const open = O.O_RDONLY | O.O_DIRECTORY;

export const directories = topic('directory', (it) => {
  it('a new directory is empty and has two links', 'mkdir(2)', async (fs, t) => {
    await fs.mkdir('d', 0o750);
    const { mode, nlink } = await fs.stat('d');
    t.is([mode, nlink], [O.S_IFDIR | 0o750, 2]);
    t.is(await t.names('d'), []);
  });
  it('the umask takes bits from the mode of a new directory', 'mkdir(2), umask(2)', async (fs, t) => {
    await fs.umask(0o077);
    await fs.mkdir('d', 0o777);
    t.is(await t.mode('d'), 0o700);
  });
  it('mkdir keeps the sticky bit', 'mkdir(2)', async (fs, t) => {
    await fs.mkdir('d', 0o1777);
    t.is(await t.mode('d'), 0o1755);
  });
  it('subdirectories count as links of their parent', 'inode(7): st_nlink of a directory', async (fs, t) => {
    await fs.mkdir('d');
    await fs.mkdir('d/a');
    await fs.mkdir('d/b');
    await t.file('d/file');
    t.is(await t.nlink('d'), 4);
    await fs.rmdir('d/a');
    t.is(await t.nlink('d'), 3);
  });
  it('mkdir refuses a name that is taken, whatever by', 'mkdir(2) EEXIST', async (fs, t) => {
    await t.file('a');
    await fs.mkdir('d');
    await fs.symlink('none', 'link');
    for (const name of ['a', 'd', 'link']) await t.fails('EEXIST', fs.mkdir(name));
  });
  it('mkdir needs a parent that is a directory', 'mkdir(2) ENOENT ENOTDIR', async (fs, t) => {
    await t.file('a');
    await t.fails('ENOENT', fs.mkdir('none/d'));
    await t.fails('ENOTDIR', fs.mkdir('a/d'));
  });
  it('mkdir takes a trailing slash', 'POSIX pathname resolution', async (fs, t) => {
    await fs.mkdir('d/');
    t.is(await t.names(), ['d']);
  });
  it('rmdir removes an empty directory', 'rmdir(2)', async (fs, t) => {
    await fs.mkdir('d');
    await fs.rmdir('d');
    t.is(await t.names(), []);
    await t.fails('ENOENT', fs.stat('d'));
  });
  it('rmdir refuses a directory with entries', 'rmdir(2) ENOTEMPTY', async (fs, t) => {
    await fs.mkdir('d');
    await t.file('d/a');
    await t.fails('ENOTEMPTY', fs.rmdir('d'));
    await fs.unlink('d/a');
    await fs.rmdir('d');
  });
  it('rmdir refuses what is no directory', 'rmdir(2) ENOTDIR', async (fs, t) => {
    await t.file('a');
    await fs.mkdir('d');
    await fs.symlink('d', 'link');
    await t.fails('ENOTDIR', fs.rmdir('a'));
    await t.fails('ENOTDIR', fs.rmdir('link'));
    await t.fails('ENOENT', fs.rmdir('none'));
  });
  it('rmdir refuses "." and ".."', 'rmdir(2) EINVAL ENOTEMPTY', async (fs, t) => {
    await fs.mkdir('d');
    await t.fails('EINVAL', fs.rmdir('d/.'));
    await t.fails('ENOTEMPTY', fs.rmdir('d/..'));
  }, { kernel: 'the kernel resolves "." and ".."' });
  it('unlink refuses a directory', 'unlink(2) EISDIR', async (fs, t) => {
    await fs.mkdir('d');
    await t.fails('EISDIR', fs.unlink('d'));
    t.is(await t.names(), ['d']);
  });
  it('a listing has "." and ".." and every entry once', 'getdents(2), readdir(3)', async (fs, t) => {
    const wanted = Array.from({ length: 500 }, (_, i) => `entry-${i}`).toSorted();
    for (const name of wanted) await t.file(name);
    const seen = await t.listing(await fs.open('.', open), 2048);
    t.is(seen.map(({ name }) => name).toSorted(), ['.', '..', ...wanted]);
  });
  it('a listing tells the types and inode numbers that stat tells', 'getdents(2) d_type d_ino', async (fs, t) => {
    await t.file('file');
    await fs.mkdir('dir');
    await fs.symlink('none', 'link');
    await fs.mknod('fifo', O.S_IFIFO | 0o600);
    const list = new Map((await t.listing(await fs.open('.', open))).map((entry) => [entry.name, entry]));
    for (const [name, type] of Object.entries({ file: DT.REG, dir: DT.DIR, link: DT.LNK, fifo: DT.FIFO, '.': DT.DIR })) {
      t.is([list.get(name)?.type, list.get(name)?.ino], [type, await t.ino(name)], name);
    }
  });
  it('the inode number of ".." is the parent\'s', 'getdents(2) d_ino', async (fs, t) => {
    await fs.mkdir('d');
    const parent = (await t.listing(await fs.open('d', open))).find(({ name }) => name === '..');
    t.is(parent?.ino, await t.ino('.'));
  });
  it('rewinding shows what has changed', 'rewinddir(3)', async (fs, t) => {
    await t.file('a');
    const fd = await fs.open('.', open);
    t.is((await t.listing(fd)).length, 3);
    await t.file('b');
    await fs.lseek(fd, 0, SEEK.SET);
    t.is((await t.listing(fd)).map(({ name }) => name).toSorted(), ['.', '..', 'a', 'b']);
  });
  it('a position leads back to the entry that followed it', 'telldir(3), seekdir(3)', async (fs, t) => {
    for (let i = 0; i < 100; i++) await t.file(`entry-${i}`);
    const fd = await fs.open('.', open);
    const all = await t.listing(fd);
    t.is(all.length, 102);
    for (const index of [0, 1, 50, 100]) {
      await fs.lseek(fd, all[index]!.offset, SEEK.SET);
      t.is((await fs.getdents(fd, 256))[0]?.name, all[index + 1]!.name);
    }
    await fs.lseek(fd, all[101]!.offset, SEEK.SET);
    t.is(await fs.getdents(fd), []);
  });
  it('what stays is listed once while others come and go', 'POSIX readdir()', async (fs, t) => {
    for (let i = 0; i < 300; i++) await t.file(`entry-${i}`);
    const fd = await fs.open('.', open);
    const seen: string[] = [];
    for (let part, round = 0; (part = await fs.getdents(fd, 1024)).length > 0; round++) {
      seen.push(...part.map(({ name }) => name));
      if (round < 100) await fs.unlink(`entry-${299 - round}`);
      if (round < 100) await t.file(`new-${round}`);
    }
    const stayed = seen.filter((name) => /^entry-(\d|\d\d|1\d\d)$/.test(name));
    t.is([stayed.length, new Set(stayed).size], [200, 200]);
    t.is(new Set(seen).size, seen.length);
  });
  it('deleting all that is listed while listing leaves nothing', 'POSIX readdir(): rm -r', async (fs, t) => {
    for (let i = 0; i < 300; i++) await t.file(`entry-${i}`);
    const fd = await fs.open('.', open);
    for (let part; (part = await fs.getdents(fd, 1024)).length > 0; ) {
      for (const { name, type } of part) if (type === DT.REG) await fs.unlink(name);
    }
    t.is(await t.names(), []);
  });
  it('a buffer too small for one entry is refused', 'getdents(2) EINVAL', async (fs, t) => {
    await t.file('x'.repeat(200));
    await t.fails('EINVAL', fs.getdents(await fs.open('.', open), 8));
  }, { kernel: 'the kernel fills the caller\'s buffer' });
  it('a file cannot be listed, a directory not read or written', 'getdents(2) ENOTDIR, read(2) EISDIR', async (fs, t) => {
    await t.fails('ENOTDIR', fs.getdents(await t.opened('a')));
    await t.fails('EISDIR', fs.read(await fs.open('.', open), 10));
  }, { kernel: 'the kernel knows what an fd is' });
  it('a removed directory that is open has no links', 'POSIX rmdir()', async (fs, t) => {
    await fs.mkdir('d');
    const fd = await fs.open('d', open);
    await fs.rmdir('d');
    t.is((await fs.fstat(fd)).nlink, 0);
  });
  it('a removed directory cannot be listed', 'getdents(2) ENOENT', async (fs, t) => {
    await fs.mkdir('d');
    const fd = await fs.open('d', open);
    await fs.rmdir('d');
    await t.fails('ENOENT', fs.getdents(fd));
  }, { kernel: 'the kernel knows that it was removed' });
  it('nothing can be made in a removed directory', 'POSIX rmdir(), open(2) ENOENT', async (fs, t) => {
    await fs.mkdir('d');
    await fs.chdir('d');
    await fs.rmdir('../d');
    await t.fails('ENOENT', t.file('a'));
    await t.fails('ENOENT', fs.mkdir('b'));
    await t.fails('ENOENT', fs.symlink('x', 'c'));
  });
  it('the working directory follows a rename', 'getcwd(2)', async (fs, t) => {
    await fs.mkdir('before');
    await fs.chdir('before');
    await fs.rename('../before', '../after');
    t.ok((await fs.getcwd()).endsWith('/after'), 'the working directory ends with "after"');
    await t.file('a');
    t.is(await t.names('../after'), ['a']);
  }, { kernel: 'the working directory is the kernel\'s' });
  it('"." and ".." lead where they should', 'path_resolution(7)', async (fs, t) => {
    await fs.mkdir('d');
    await fs.mkdir('d/e');
    t.is([await t.ino('d/.'), await t.ino('d/e/..'), await t.ino('d/e/../..')], [await t.ino('d'), await t.ino('d'), await t.ino('.')]);
  });
  it('thousands of entries are made, listed and removed', 'getdents(2)', async (fs, t) => {
    for (let i = 0; i < 3000; i++) await fs.mknod(`entry-${i}`, O.S_IFREG | 0o644);
    t.is((await t.names()).length, 3000);
    for (let i = 0; i < 3000; i += 2) await fs.unlink(`entry-${i}`);
    t.is((await t.names()).length, 1500);
    t.is([await t.size('entry-2999'), (await fs.lstat('entry-1')).nlink], [0, 1]);
    await t.fails('ENOENT', fs.stat('entry-2998'));
  });
  it('a listing goes on when its directory is renamed', 'getdents(2), rename(2)', async (fs, t) => {
    await fs.mkdir('d');
    for (let i = 0; i < 200; i++) await t.file(`d/entry-${i}`);
    const fd = await fs.open('d', open);
    const first = await fs.getdents(fd, 1024);
    await fs.rename('d', 'moved');
    t.is(new Set([...first, ...(await t.listing(fd, 1024))].map(({ name }) => name)).size, 202);
  });
  it('names with every length up to 255 are listed', 'getdents(2)', async (_fs, t) => {
    const wanted = Array.from({ length: 255 }, (_, i) => 'x'.repeat(i + 1));
    for (const name of wanted) await t.file(name);
    t.is(await t.names(), wanted);
  });
  it('deep trees work', 'path_resolution(7)', async (fs, t) => {
    let path = 'd';
    for (let depth = 0; depth < 100; depth++, path += '/d') await fs.mkdir(path);
    await t.file(path, 'deep');
    t.is(await t.content(path), 'deep');
  });
});
