import { topic } from '../behaviour.js';
import { makedev, O } from '../posix.js';

export const special = topic('special file', (it) => {
  it('mknod makes FIFOs, sockets and devices', 'mknod(2)', async (fs, t) => {
    const kinds = { fifo: O.S_IFIFO, socket: O.S_IFSOCK, char: O.S_IFCHR, block: O.S_IFBLK };
    for (const [name, kind] of Object.entries(kinds)) {
      await fs.mknod(name, kind | 0o640, kind === O.S_IFCHR || kind === O.S_IFBLK ? makedev(1, 3) : 0);
      const { mode, nlink, size } = await fs.lstat(name);
      t.is([mode, nlink, size], [kind | 0o640, 1, 0], name);
    }
  });
  it('mknod makes regular files', 'mknod(2) S_IFREG', async (fs, t) => {
    await fs.mknod('a', O.S_IFREG | 0o600);
    await t.file('a', 'hello');
    t.is([await t.content('a'), await t.mode('a')], ['hello', 0o600]);
  });
  it('device numbers are kept, large ones too', 'mknod(2), makedev(3)', async (fs, t) => {
    for (const [i, rdev] of [makedev(0, 0), makedev(1, 3), makedev(259, 65_537), makedev(4095, 1_048_575)].entries()) {
      await fs.mknod(`dev-${i}`, O.S_IFCHR | 0o600, rdev);
      t.is((await fs.lstat(`dev-${i}`)).rdev, rdev);
    }
  });
  it('the umask takes bits', 'mknod(2), umask(2)', async (fs, t) => {
    await fs.umask(0o077);
    await fs.mknod('fifo', O.S_IFIFO | 0o666);
    t.is(await t.mode('fifo'), 0o600);
  });
  it('mknod refuses a name that is taken', 'mknod(2) EEXIST', async (fs, t) => {
    await t.file('a');
    await t.fails('EEXIST', fs.mknod('a', O.S_IFIFO | 0o600));
  });
  it('mknod makes no directories', 'mknod(2) EPERM', async (fs, t) => {
    await t.fails('EPERM', fs.mknod('d', O.S_IFDIR | 0o755));
  }, { kernel: 'the kernel refuses it' });
  it('a FIFO carries bytes', 'fifo(7)', async (fs, t) => {
    await fs.mknod('fifo', O.S_IFIFO | 0o600);
    const fd = await fs.open('fifo', O.O_RDWR);
    await fs.write(fd, 'hello');
    t.is(Buffer.from(await fs.read(fd, 10)).toString(), 'hello');
  }, { kernel: 'FIFOs are the kernel\'s' });
  it('a device of the system works', 'null(4)', async (fs, t) => {
    await fs.mknod('zero', O.S_IFCHR | 0o600, makedev(1, 5));
    t.is([...(await fs.read(await fs.open('zero', O.O_RDONLY), 3))], [0, 0, 0]);
  }, { kernel: 'devices are the kernel\'s', skip: { mount: 'mounted nodev' } });
  it('a socket cannot be opened', 'open(2) ENXIO', async (fs, t) => {
    await fs.mknod('socket', O.S_IFSOCK | 0o600);
    await t.fails('ENXIO', fs.open('socket', O.O_RDWR));
  }, { kernel: 'sockets are the kernel\'s' });
  it('special files are renamed, linked and removed as others', 'rename(2), link(2), unlink(2)', async (fs, t) => {
    await fs.mknod('fifo', O.S_IFIFO | 0o600);
    await fs.link('fifo', 'second');
    await fs.rename('fifo', 'third');
    t.is([await t.ino('third'), await t.nlink('second')], [await t.ino('second'), 2]);
    await fs.unlink('second');
    await fs.unlink('third');
    t.is(await t.names(), []);
  });
});
