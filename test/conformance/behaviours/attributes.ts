import { topic } from '../behaviour.js';
import { O } from '../posix.js';

export const attributes = topic('attribute', (it) => {
  it('chmod sets all twelve bits', 'chmod(2)', async (fs, t) => {
    await t.file('a');
    for (const mode of [0, 0o777, 0o4755, 0o2755, 0o1644, 0o7777]) {
      await fs.chmod('a', mode);
      t.is((await fs.stat('a')).mode, O.S_IFREG | mode);
    }
  });
  it('fchmod works on files and directories', 'fchmod(2)', async (fs, t) => {
    await fs.mkdir('d');
    await fs.fchmod(await t.opened('a'), 0o600);
    await fs.fchmod(await fs.open('d', O.O_RDONLY | O.O_DIRECTORY), 0o700);
    t.is([await t.mode('a'), await t.mode('d')], [0o600, 0o700]);
  });
  it('chmod follows symbolic links', 'chmod(2)', async (fs, t) => {
    await t.file('a');
    await fs.symlink('a', 'link');
    await fs.chmod('link', 0o600);
    t.is(await t.mode('a'), 0o600);
  });
  it('chmod of what is not there fails', 'chmod(2) ENOENT', async (fs, t) => {
    await t.fails('ENOENT', fs.chmod('none', 0o600));
  });
  it('chown sets owner and group', 'chown(2)', async (fs, t) => {
    await t.file('a');
    await fs.chown('a', 1000, 2000);
    t.is([(await fs.stat('a')).uid, (await fs.stat('a')).gid], [1000, 2000]);
  });
  it('chown with -1 leaves', 'chown(2)', async (fs, t) => {
    await t.file('a');
    await fs.chown('a', 1000, 2000);
    await fs.chown('a', -1, 5);
    await fs.chown('a', 7, -1);
    t.is([(await fs.stat('a')).uid, (await fs.stat('a')).gid], [7, 5]);
  });
  it('fchown works on an open file, with or without a name', 'fchown(2)', async (fs, t) => {
    const fd = await t.opened('a');
    await fs.fchown(fd, 5, 6);
    t.is([(await fs.stat('a')).uid, (await fs.stat('a')).gid], [5, 6]);
    await fs.unlink('a');
    await fs.fchown(fd, 7, 8);
    t.is([(await fs.fstat(fd)).uid, (await fs.fstat(fd)).gid], [7, 8]);
  });
  it('large ids are kept', 'chown(2)', async (fs, t) => {
    await t.file('a');
    await fs.chown('a', 0xfffffffe, 0x80000000);
    t.is([(await fs.stat('a')).uid, (await fs.stat('a')).gid], [0xfffffffe, 0x80000000]);
  });
  it('chown clears the set-id bits of a program, even for root', 'chown(2): Linux', async (fs, t) => {
    await t.file('a');
    await fs.chmod('a', 0o6755);
    await fs.chown('a', 5, 6);
    t.is(await t.mode('a'), 0o755);
  }, { kernel: 'the kernel adds the mode to the chown' });
  it('chown leaves the set-id bits of a directory', 'chown(2)', async (fs, t) => {
    await fs.mkdir('d');
    await fs.chmod('d', 0o6755);
    await fs.chown('d', 5, 6);
    t.is(await t.mode('d'), 0o6755);
  });
  it('chown leaves mandatory locking: set-gid without group execution', 'chown(2)', async (fs, t) => {
    await t.file('a');
    await fs.chmod('a', 0o2644);
    await fs.chown('a', 5, 6);
    t.is(await t.mode('a'), 0o2644);
  });
  it('inode numbers tell files apart', 'stat(2) st_ino', async (_fs, t) => {
    const numbers = new Set<number>();
    for (let i = 0; i < 50; i++) {
      await t.file(`f${i}`);
      numbers.add(await t.ino(`f${i}`));
    }
    t.is(numbers.size, 50);
  });
  it('inode numbers stay', 'stat(2) st_ino', async (fs, t) => {
    await t.file('a', 'hello');
    const ino = await t.ino('a');
    await fs.chmod('a', 0o600);
    await fs.rename('a', 'b');
    t.is([await t.ino('b'), (await fs.fstat(await fs.open('b', O.O_RDONLY))).ino], [ino, ino]);
  });
  it('all files of a tree are on one device', 'stat(2) st_dev', async (fs, t) => {
    await fs.mkdir('d');
    await t.file('d/a');
    t.is((await fs.stat('d/a')).dev, (await fs.stat('.')).dev);
  }, { kernel: 'the device number is the kernel\'s' });
  it('fstat tells what stat tells', 'stat(2)', async (fs, t) => {
    const fd = await t.opened('a', 'hello');
    t.is(await fs.fstat(fd), await fs.stat('a'));
  });
  it('the block size is sensible', 'stat(2) st_blksize', async (fs, t) => {
    await t.file('a');
    const { blksize } = await fs.stat('a');
    t.ok(blksize >= 512 && (blksize & (blksize - 1)) === 0, `a power of two, not ${blksize}`);
  });
  it('statfs tells sizes that fit together', 'statfs(2)', async (fs, t) => {
    const { bsize, blocks, bfree, bavail, files, ffree, namelen } = await fs.statfs('.');
    t.is([namelen, bsize > 0, bfree <= blocks, bavail <= bfree, ffree <= files], [255, true, true, true, true]);
  });
  it('statfs sees space being used', 'statfs(2)', async (fs, t) => {
    const before = await fs.statfs('.');
    const fd = await t.opened('a', new Uint8Array(4 << 20).fill(1));
    await fs.fsync(fd);
    const after = await fs.statfs('.');
    t.ok((before.bfree - after.bfree) * after.bsize >= 3 << 20, 'about 4 MiB less');
  }, { skip: { ext4: 'others write on the same disk at the same time' } });
});
