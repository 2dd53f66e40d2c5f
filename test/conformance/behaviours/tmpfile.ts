import { topic } from '../behaviour.js';
import { O } from '../posix.js';

export const tmpfiles = topic('tmpfile', (it) => {
  it('has no name and no link', 'open(2) O_TMPFILE', async (fs, t) => {
    const fd = await fs.open('.', O.O_TMPFILE | O.O_RDWR, 0o600);
    t.is([await t.names(), (await fs.fstat(fd)).nlink, (await fs.fstat(fd)).mode], [[], 0, O.S_IFREG | 0o600]);
  });
  it('holds data', 'open(2) O_TMPFILE', async (fs, t) => {
    const fd = await fs.open('.', O.O_TMPFILE | O.O_RDWR, 0o600);
    await fs.write(fd, 'hello');
    t.is(await t.at(fd, 0, 10), 'hello');
  });
  it('is given a name by linkat', 'open(2) O_TMPFILE, linkat(2)', async (fs, t) => {
    const fd = await fs.open('.', O.O_TMPFILE | O.O_RDWR, 0o600);
    await fs.write(fd, 'hello');
    await fs.linkFd(fd, 'named');
    t.is([await t.content('named'), await t.nlink('named')], ['hello', 1]);
  });
  it('with O_EXCL can never be given a name', 'open(2) O_TMPFILE|O_EXCL', async (fs, t) => {
    const fd = await fs.open('.', O.O_TMPFILE | O.O_EXCL | O.O_RDWR, 0o600);
    await t.fails('ENOENT', fs.linkFd(fd, 'named'));
  }, { kernel: 'the kernel knows which files may be linked' });
  it('must be opened for writing', 'open(2) O_TMPFILE EINVAL', async (fs, t) => {
    await t.fails('EINVAL', fs.open('.', O.O_TMPFILE | O.O_RDONLY));
  }, { kernel: 'the kernel checks the flags of open(2)' });
  it('umask takes bits from its mode', 'open(2) O_TMPFILE, umask(2)', async (fs, t) => {
    await fs.umask(0o077);
    t.is((await fs.fstat(await fs.open('.', O.O_TMPFILE | O.O_RDWR, 0o666))).mode & 0o7777, 0o600);
  });
  it('does not keep its directory from being removed', 'open(2) O_TMPFILE', async (fs, t) => {
    await fs.mkdir('d');
    const fd = await fs.open('d', O.O_TMPFILE | O.O_RDWR, 0o600);
    await fs.rmdir('d');
    await fs.write(fd, 'hello');
    t.is(await t.at(fd, 0, 10), 'hello');
  });
}, { linux: '6.2' });
