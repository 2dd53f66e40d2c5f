import { nameText } from '../../../core/protocol/names.js';
import { dir, file } from '../layers.js';
import { LOCK, MAP, O, PROT, SEEK } from '../posix.js';
import { append, onLayers } from './overlay-layers.js';

/** cap_net_raw, permitted and effective: `struct vfs_cap_data` of version 2. */
const CAPABILITY = Uint8Array.from([1, 0, 0, 2, 0, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

export const copyUps = onLayers((it) => {
  it('appending keeps what was there', [{ a: file('lower ') }], async (fs, t) => {
    await append(fs, 'a', 'upper');
    t.is(await t.content('a'), 'lower upper');
  });
  it('a change keeps mode, owner, times and attributes', [{ a: file('x', { mode: 0o104751, uid: 3, gid: 4, mtime: 1_234_567, xattrs: { 'user.key': 'value', 'trusted.key': 'value' } }) }], async (fs, t) => {
    await fs.setxattr('a', 'user.other', 'new');
    const { mode, uid, gid, mtime, size } = await fs.stat('a');
    t.is([mode & 0o7777, uid, gid, mtime, size], [0o4751, 3, 4, 1_234_567_000_000_002n, 1]);
    t.is([nameText(await fs.getxattr('a', 'user.key')), nameText(await fs.getxattr('a', 'trusted.key'))], ['value', 'value']);
  });
  it('chmod, chown and utimensat change nothing else', [{ a: file('lower', { mtime: 5 }), b: file('lower', { mtime: 5 }), c: file('lower', { uid: 9 }) }], async (fs, t) => {
    await fs.chmod('a', 0o600);
    await fs.chown('b', 1, 2);
    await fs.utimens('c', 7n, 8n);
    t.is([await t.content('a'), await t.content('b'), await t.content('c')], ['lower', 'lower', 'lower']);
    const [a, b, c] = [await fs.stat('a'), await fs.stat('b'), await fs.stat('c')];
    t.is([a.mode & 0o777, a.mtime, b.uid, b.gid, b.mtime, c.uid, c.mtime], [0o600, 5_000_000_002n, 1, 2, 5_000_000_002n, 9, 8n]);
  });
  it('a file is truncated to any size', [{ a: file('lower'), b: file('lower'), c: file('lower') }], async (fs, t) => {
    await fs.truncate('a', 2);
    await fs.truncate('b', 7);
    await fs.close(await fs.open('c', O.O_WRONLY | O.O_TRUNC));
    t.is([await t.content('a'), await t.content('b'), await t.content('c')], ['lo', 'lower\0\0', '']);
  });
  it('links, devices and FIFOs keep what they are', [{ l: { mode: 0o120777, to: 'target' }, c: { mode: 0o20600, rdev: 0x103 }, p: { mode: 0o10600 } }], async (fs, t) => {
    for (const name of ['l', 'c', 'p']) await fs.chown(name, 1, 1);
    const [l, c, p] = [await fs.lstat('l'), await fs.lstat('c'), await fs.lstat('p')];
    t.is([await fs.readlink('l'), l.uid, c.mode & O.S_IFMT, c.rdev, c.uid, p.mode & O.S_IFMT, p.uid], ['target', 1, O.S_IFCHR, 0x103, 1, O.S_IFIFO, 1]);
  });
  it('a change of a file leaves the times of its directories', [{ d: dir({ mtime: 100 }), 'd/e': dir({ mtime: 200 }), 'd/e/a': file() }], async (fs, t) => {
    await append(fs, 'd/e/a', 'x');
    t.is([(await fs.stat('d')).mtime, (await fs.stat('d/e')).mtime], [100_000_000_002n, 200_000_000_002n]);
  });
  it('directories that were never changed get new entries', [{ a: dir(), 'a/b': dir({ mode: 0o40750, uid: 8 }), 'a/b/c': dir() }], async (fs, t) => {
    await t.file('a/b/c/new', 'x');
    t.is([await t.names('a/b/c'), await t.mode('a/b'), (await fs.stat('a/b')).uid], [['new'], 0o750, 8]);
  });
  it('holes stay holes', [{ a: file('end', { hole: 8 << 20 }) }], async (fs, t) => {
    await fs.chmod('a', 0o600);
    const { size, blocks } = await fs.stat('a');
    t.is(size, (8 << 20) + 3);
    t.ok(blocks * 512 < 1 << 20, 'few blocks');
    const fd = await fs.open('a', O.O_RDONLY);
    t.is([await t.at(fd, 8 << 20, 3), await fs.lseek(fd, 0, SEEK.DATA) > 0], ['end', true]);
  });
  it('large files are copied whole', [{ a: file('0123456789abcdef'.repeat(200_000)) }], async (fs, t) => {
    await append(fs, 'a', 'end');
    t.is(await t.size('a'), 3_200_003);
    const fd = await fs.open('a', O.O_RDONLY);
    t.is([await t.at(fd, 1 << 20, 16), await t.at(fd, (2 << 20) - 8, 16), await t.at(fd, 3_199_990, 20)], ['0123456789abcdef', '89abcdef01234567', '6789abcdefend']);
  });
  it('who wrote sees what was written, and what was there', [{ a: file('0123456789') }], async (fs, t) => {
    const fd = await fs.open('a', O.O_RDWR);
    await fs.pwrite(fd, 'xy', 4);
    t.is([await t.at(fd, 0, 10), await t.content('a')], ['0123xy6789', '0123xy6789']);
  });
  it('a lock taken before a change excludes those after it', [{ a: file('x') }], async (fs, t) => {
    const fd = await fs.open('a', O.O_RDONLY);
    await fs.flock(fd, LOCK.EX | LOCK.NB);
    const other = await fs.open('a', O.O_RDWR);
    await t.fails('EAGAIN', fs.flock(other, LOCK.EX | LOCK.NB));
  });
  it('a file removed while it is open can still be read and changed', [{ a: file('lower') }], async (fs, t) => {
    const fd = await fs.open('a', O.O_RDONLY);
    await fs.unlink('a');
    t.is(await t.at(fd, 0, 5), 'lower');
    await fs.fchmod(fd, 0o640);
    t.is([(await fs.fstat(fd)).mode & 0o777, await t.at(fd, 0, 5)], [0o640, 'lower']);
  });
  it('a store through a mapping of a lower file is seen', [{ a: file('lower file') }], async (fs, t) => {
    const fd = await fs.open('a', O.O_RDWR);
    const mapping = await fs.mmap(fd, 10, PROT.READ | PROT.WRITE, MAP.SHARED);
    await mapping.write(0, 'UPPER');
    await mapping.sync();
    t.is(await t.content('a'), 'UPPER file');
    await mapping.unmap();
  }, { kernel: 'mappings are the kernel\'s', known: { 'cache-none': 'direct I/O has no shared mappings' } });
  it('a change keeps capabilities and ACLs', [{ a: file('x', { mode: 0o100644, xattrs: { 'security.capability': CAPABILITY } }) }], async (fs, t) => {
    await fs.setxattr('a', 'user.key', 'value');
    t.is(Buffer.from(await fs.getxattr('a', 'security.capability')), Buffer.from(CAPABILITY));
  });
  it('a file of more than 4 GiB is copied whole', [{ a: file('end', { hole: 5 * 2 ** 30 }) }], async (fs, t) => {
    await append(fs, 'a', '!');
    const fd = await fs.open('a', O.O_RDONLY);
    t.is([await t.size('a'), await t.at(fd, 5 * 2 ** 30, 9), await t.at(fd, 2 ** 32, 2)], [5 * 2 ** 30 + 4, 'end!', '\0\0']);
  });
  it('who has a file open to read sees what is written later', [{ a: file('lower') }], async (fs, t) => {
    const before = await fs.open('a', O.O_RDONLY);
    t.is(await t.at(before, 0, 9), 'lower');
    await append(fs, 'a', '!');
    t.is([await t.at(before, 0, 9), (await fs.fstat(before)).size], ['lower!', 6]);
  });
  it('fsync, fchmod and fstat of a file opened before it was changed are about the file', [{ a: file('lower') }], async (fs, t) => {
    const before = await fs.open('a', O.O_RDONLY);
    await append(fs, 'a', '!');
    await fs.fsync(before);
    await fs.fchmod(before, 0o600);
    t.is([await t.mode('a'), (await fs.fstat(before)).ino], [0o600, await t.ino('a')]);
  });
  it('a mapping made before a change shows what is written later', [{ a: file('lower file') }], async (fs, t) => {
    const fd = await fs.open('a', O.O_RDONLY);
    const mapping = await fs.mmap(fd, 10, PROT.READ, MAP.SHARED);
    t.is(Buffer.from(await mapping.read(0, 5)).toString(), 'lower');
    const writer = await fs.open('a', O.O_WRONLY);
    await fs.pwrite(writer, 'UPPER', 0);
    await fs.fsync(writer);
    t.is(Buffer.from(await mapping.read(0, 5)).toString(), 'UPPER');
    await mapping.unmap();
  }, { kernel: 'mappings are the kernel\'s', known: { 'cache-none': 'direct I/O has no shared mappings' } });
});
