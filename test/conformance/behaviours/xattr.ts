import { topic } from '../behaviour.js';
import { nameText } from '../../../core/protocol/names.js';
import { O, type Posix, XATTR } from '../posix.js';

const get = async (fs: Posix, path: string, name: string) => nameText(await fs.getxattr(path, name));
const user = async (fs: Posix, path: string) => (await fs.listxattr(path)).filter((name) => name.startsWith('user.')).toSorted();

export const xattrs = topic('xattr', (it) => {
  it('a value is kept', 'setxattr(2), getxattr(2)', async (fs, t) => {
    await t.file('a');
    await fs.setxattr('a', 'user.key', 'value');
    t.is(await get(fs, 'a', 'user.key'), 'value');
  });
  it('directories have them too', 'xattr(7)', async (fs, t) => {
    await fs.mkdir('d');
    await fs.setxattr('d', 'user.key', 'value');
    t.is(await get(fs, 'd', 'user.key'), 'value');
  });
  it('a value is replaced, longer and shorter', 'setxattr(2)', async (fs, t) => {
    await t.file('a');
    for (const value of ['value', 'a longer value', 'v']) {
      await fs.setxattr('a', 'user.key', value);
      t.is(await get(fs, 'a', 'user.key'), value);
    }
  });
  it('an empty value is a value', 'setxattr(2)', async (fs, t) => {
    await t.file('a');
    await fs.setxattr('a', 'user.key', '');
    t.is([await get(fs, 'a', 'user.key'), await user(fs, 'a')], ['', ['user.key']]);
  });
  it('any bytes are a value', 'xattr(7)', async (fs, t) => {
    await t.file('a');
    const value = Uint8Array.from({ length: 256 }, (_, i) => i);
    await fs.setxattr('a', 'user.key', value);
    t.ok(Buffer.compare(await fs.getxattr('a', 'user.key'), value) === 0, 'as set');
  });
  it('the list names them all', 'listxattr(2)', async (fs, t) => {
    await t.file('a');
    for (const name of ['user.one', 'user.two', 'user.three']) await fs.setxattr('a', name, 'x');
    t.is(await user(fs, 'a'), ['user.one', 'user.three', 'user.two']);
  });
  it('removing takes one', 'removexattr(2)', async (fs, t) => {
    await t.file('a');
    await fs.setxattr('a', 'user.one', 'x');
    await fs.setxattr('a', 'user.two', 'x');
    await fs.removexattr('a', 'user.one');
    t.is(await user(fs, 'a'), ['user.two']);
    await t.fails('ENODATA', fs.getxattr('a', 'user.one'));
  });
  it('what is not there fails', 'getxattr(2) ENODATA ENOENT', async (fs, t) => {
    await t.file('a');
    await t.fails('ENODATA', fs.getxattr('a', 'user.none'));
    await t.fails('ENODATA', fs.removexattr('a', 'user.none'));
    await t.fails('ENOENT', fs.getxattr('none', 'user.x'));
    await t.fails('ENOENT', fs.listxattr('none'));
  });
  it('CREATE refuses one that is there, REPLACE one that is not', 'setxattr(2) EEXIST ENODATA', async (fs, t) => {
    await t.file('a');
    await t.fails('ENODATA', fs.setxattr('a', 'user.key', 'x', XATTR.REPLACE));
    await fs.setxattr('a', 'user.key', '1', XATTR.CREATE);
    await t.fails('EEXIST', fs.setxattr('a', 'user.key', '2', XATTR.CREATE));
    await fs.setxattr('a', 'user.key', '3', XATTR.REPLACE);
    t.is(await get(fs, 'a', 'user.key'), '3');
  });
  it('size 0 asks for the size, a small buffer is refused', 'getxattr(2) ERANGE', async (fs, t) => {
    await t.file('a');
    await fs.setxattr('a', 'user.key', 'value');
    t.is([await fs.getxattrSize('a', 'user.key', 0), await fs.getxattrSize('a', 'user.key', 5)], [5, 5]);
    await t.fails('ERANGE', fs.getxattrSize('a', 'user.key', 4));
  });
  it('the same for the list', 'listxattr(2) ERANGE', async (fs, t) => {
    await t.file('a');
    await fs.setxattr('a', 'user.key', 'value');
    const size = await fs.listxattrSize('a', 0);
    t.is([size >= 9, await fs.listxattrSize('a', size)], [true, size]);
    await t.fails('ERANGE', fs.listxattrSize('a', size - 1));
  });
  it('user attributes are refused on links and special files', 'xattr(7) EPERM', async (fs, t) => {
    await fs.symlink('none', 'link');
    await fs.mknod('fifo', O.S_IFIFO | 0o600);
    await t.fails('EPERM', fs.setxattr('link', 'user.key', 'x'));
    await t.fails('EPERM', fs.setxattr('fifo', 'user.key', 'x'));
  });
  it('trusted attributes of a symbolic link are its own', 'xattr(7)', async (fs, t) => {
    await t.file('a');
    await fs.symlink('a', 'link');
    await fs.setxattr('link', 'trusted.key', 'link');
    t.is(await get(fs, 'link', 'trusted.key'), 'link');
    await t.fails('ENODATA', fs.getxattr('a', 'trusted.key'));
  });
  it('trusted attributes are listed to root only', 'xattr(7), listxattr(2)', async (fs, t) => {
    await t.file('a');
    for (const name of ['user.one', 'trusted.key', 'user.two']) await fs.setxattr('a', name, 'x');
    const names = async () => (await fs.listxattr('a')).filter((name) => !name.startsWith('security.')).toSorted();
    t.is(await names(), ['trusted.key', 'user.one', 'user.two']);
    await t.as({ uid: 1001, gid: 1001 }, async () => t.is(await names(), ['user.one', 'user.two']));
  });
  it('trusted attributes are for root', 'xattr(7) CAP_SYS_ADMIN', async (fs, t) => {
    await t.file('a');
    await fs.chmod('a', 0o666);
    await fs.setxattr('a', 'trusted.key', 'x');
    await t.as({ uid: 1001, gid: 1001 }, async () => {
      await t.fails('EPERM', fs.setxattr('a', 'trusted.key', 'y'));
      await t.fails('ENODATA', fs.getxattr('a', 'trusted.key'));
    });
  }, { kernel: 'the kernel checks permissions' });
  it('unknown namespaces are refused', 'xattr(7) EOPNOTSUPP', async (fs, t) => {
    await t.file('a');
    await t.fails('EOPNOTSUPP', fs.setxattr('a', 'unknown.key', 'x'));
    await t.fails('EOPNOTSUPP', fs.setxattr('a', 'nodot', 'x'));
  });
  it('names of 255 bytes are allowed, longer ones not', 'setxattr(2) ERANGE', async (fs, t) => {
    await t.file('a');
    const name = `user.${'n'.repeat(250)}`;
    await fs.setxattr('a', name, 'x');
    t.is(await user(fs, 'a'), [name]);
    await t.fails('ERANGE', fs.setxattr('a', `${name}n`, 'x'));
  });
  it('a value of 3000 bytes is kept', 'xattr(7) limits', async (fs, t) => {
    await t.file('a');
    await fs.setxattr('a', 'user.key', 'x'.repeat(3000));
    t.is(await get(fs, 'a', 'user.key'), 'x'.repeat(3000));
  });
  it('a value over 64 KiB is refused', 'setxattr(2) E2BIG', async (fs, t) => {
    await t.file('a');
    await t.fails('E2BIG', fs.setxattr('a', 'user.key', 'x'.repeat(65_537)));
  }, { kernel: 'the kernel bounds values' });
  it('many small ones are kept', 'listxattr(2)', async (fs, t) => {
    await t.file('a');
    const wanted = Array.from({ length: 30 }, (_, i) => `user.name-${String(i).padStart(2, '0')}`);
    for (const name of wanted) await fs.setxattr('a', name, name);
    t.is(await user(fs, 'a'), wanted);
    for (const name of wanted) t.is(await get(fs, 'a', name), name);
  });
  it('security attributes are for root', 'xattr(7)', async (fs, t) => {
    await t.file('a');
    await fs.chmod('a', 0o666);
    await fs.setxattr('a', 'security.test', 'value');
    t.is(await get(fs, 'a', 'security.test'), 'value');
    await t.as({ uid: 1001, gid: 1001 }, () => t.fails('EPERM', fs.setxattr('a', 'security.test', 'x')));
  }, { kernel: 'the kernel checks permissions' });
  it('a file made again has none', 'unlink(2), xattr(7)', async (fs, t) => {
    await t.file('a');
    await fs.setxattr('a', 'user.key', 'value');
    await fs.unlink('a');
    await t.file('a');
    t.is(await user(fs, 'a'), []);
  });
  it('they belong to the file, not to the name', 'xattr(7)', async (fs, t) => {
    await t.file('a');
    await fs.link('a', 'b');
    await fs.setxattr('a', 'user.key', 'x');
    await fs.rename('b', 'c');
    t.is(await get(fs, 'c', 'user.key'), 'x');
  });
  it('names may have slashes and any bytes', 'xattr(7)', async (fs, t) => {
    await t.file('a');
    await fs.setxattr('a', 'user.a/b', 'slash');
    await fs.setxattr('a', 'user.\udcff', 'raw');
    t.is([await get(fs, 'a', 'user.a/b'), await get(fs, 'a', 'user.\udcff')], ['slash', 'raw']);
  });
});

export const xattrLimits = topic('xattr limits', (it) => {
  it('a name without a key or a namespace is refused', 'xattr(7) EINVAL EOPNOTSUPP', async (fs, t) => {
    await t.file('a');
    await t.fails('EINVAL', fs.setxattr('a', 'user.', 'x'));
    await t.fails('EOPNOTSUPP', fs.setxattr('a', 'name', 'x'));
  });
  it('the empty name is refused', 'setxattr(2) ERANGE', async (fs, t) => {
    await t.file('a');
    await t.fails('ERANGE', fs.setxattr('a', '', 'x'));
    await t.fails('ERANGE', fs.getxattr('a', ''));
  }, { kernel: 'the kernel bounds names' });
  it('unknown flags are refused', 'setxattr(2) EINVAL', async (fs, t) => {
    await t.file('a');
    await t.fails('EINVAL', fs.setxattr('a', 'user.k', 'x', 8));
  }, { kernel: 'the kernel checks flags' });
  it('a buffer of exactly the size is enough', 'getxattr(2), listxattr(2)', async (fs, t) => {
    await t.file('a');
    await fs.setxattr('a', 'user.k', 'value');
    t.is(await fs.getxattrSize('a', 'user.k', 5), 5);
    t.is(await fs.listxattrSize('a', await fs.listxattrSize('a', 0)), await fs.listxattrSize('a', 0));
  });
  it('case in a name matters', 'xattr(7)', async (fs, t) => {
    await t.file('a');
    await fs.setxattr('a', 'user.k', 'small');
    await fs.setxattr('a', 'user.K', 'large');
    t.is([await get(fs, 'a', 'user.k'), await get(fs, 'a', 'user.K')], ['small', 'large']);
  });
  it('a removed file that is open keeps its data, its successor has no attributes', 'xattr(7)', async (fs, t) => {
    const fd = await t.opened('a', 'hello');
    await fs.setxattr('a', 'user.k', 'x');
    await t.file('b');
    await fs.rename('b', 'a');
    await t.fails('ENODATA', fs.getxattr('a', 'user.k'));
    t.is(await t.at(fd, 0, 9), 'hello');
  });
});
