import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { LockType } from '../../index.js';
import { flock, guest } from '../server/kernels.js';
import { text, tree } from './serve.js';

const memory = { use: 'memory', mode: '755' };

test('shares are directories of the root, each a file system of its own', async (t) => {
  const { driver, directory } = await tree(t, ['a'], { a: { use: 'passthrough', source: 'a' }, b: memory });
  t.deepEqual(await driver.readdir('/'), ['a', 'b']);
  await driver.writeFile('/a/file', 'one');
  await driver.mkdir('/b/dir');
  await driver.writeFile('/b/dir/file', 'two');
  t.is(await text(driver, '/a/file'), 'one');
  t.is(await text(driver, '/b/dir/file'), 'two');
  t.deepEqual((await driver.readdirEntries('/', { plus: true })).map(({ name, stats }) => [name, stats!.isDirectory]), [['a', true], ['b', true]]);
  t.true((await driver.stat('/')).isDirectory);
  await driver.rename('/b/dir/file', '/b/moved');
  await driver.link('/b/moved', '/b/dir/again');
  t.is((await driver.stat('/b/moved')).nlink, 2);
  t.is(await text(driver, '/b/dir/again'), 'two');
  writeFileSync(path.join(directory, 'a', 'host'), 'host');
  t.is(await text(driver, '/a/host'), 'host');
});

test('the root is not to be changed from inside, and nothing goes from one share to another', async (t) => {
  const { driver } = await tree(t, [], { a: memory, b: memory });
  await driver.writeFile('/a/file', 'text');
  const refused = (code: string, what: Promise<unknown>) => t.throwsAsync(what, { code });
  await refused('EPERM', driver.mkdir('/c'));
  await refused('EEXIST', driver.mkdir('/a'));
  await refused('EPERM', driver.writeFile('/file', ''));
  await refused('EPERM', driver.chmod('/', 0o777));
  await refused('EBUSY', driver.rmdir('/a'));
  await refused('EISDIR', driver.unlink('/a'));
  await refused('EBUSY', driver.rename('/a', '/c'));
  await refused('EBUSY', driver.rename('/a', '/b/c'));
  await refused('EXDEV', driver.rename('/a/file', '/b/file'));
  await refused('EXDEV', driver.rename('/a/file', '/file'));
  await refused('EXDEV', driver.link('/a/file', '/b/file'));
  await refused('EPERM', driver.setxattr('/', 'user.x', Buffer.from('1')));
  t.deepEqual(await driver.listxattr('/'), []);
  t.is(await text(driver, '/a/file'), 'text');
});

test('shares come and go; what is open in one that is removed goes on, and nothing else of it', async (t) => {
  const { driver, server, add, directory } = await tree(t, ['late'], { a: memory, b: memory });
  writeFileSync(path.join(directory, 'late', 'file'), 'late');
  await add({ late: { use: 'passthrough', source: 'late' } });
  t.deepEqual(await driver.readdir('/'), ['a', 'b', 'late']);
  t.is(await text(driver, '/late/file'), 'late');
  const file = await driver.open('/late/file');
  const listed = await driver.open('/late');
  const held = await driver.lookup('/late');
  await driver.writeFile('/b/other', 'other');

  server.removeShare('tree', 'late');
  t.deepEqual(await driver.readdir('/'), ['a', 'b']);
  t.deepEqual(server.list()[0]!.shares, ['a', 'b']);
  await t.throwsAsync(driver.stat('/late'), { code: 'ENOENT' });
  t.is(Buffer.from(await file.read(0, 10)).toString(), 'late');
  t.is((await file.stat()).size, 4);
  t.is(await text(driver, '/b/other'), 'other');
  await add({ late: memory });
  await t.throwsAsync(driver.stat('/late/file'), { code: 'ENOENT' }, 'another share of the name');
  t.not((await driver.lookup('/late')).node, held.node);
  await file.close();
  await listed.close();
  await t.throwsAsync(server.mounts[0]!.shares!.add('late', { use: 'memory', options: {} }), { code: 'FW_SHARE_EXISTS' });
  t.throws(() => server.removeShare('tree', 'lat'), { code: 'FW_UNKNOWN_SHARE', instanceOf: Error });
});

test('a share that cannot start does not stop the others; when none can, that is the error', async (t) => {
  const shares = { good: memory, bad: { use: 'overlay', lower: [memory], upper: { use: path.resolve('dist/test/mux/hello.js') } } };
  const { driver } = await tree(t, [], shares);
  t.deepEqual(await driver.readdir('/'), ['good']);
  await t.throwsAsync(tree(t, [], { bad: shares.bad }), { code: 'FW_UPPER_UNUSABLE' });
});

test('locks of files of one share are those of all guests, and of no other share', async (t) => {
  const { driver, socket, server } = await tree(t, [], { a: memory, b: memory }, { locks: 'server' });
  const place = `${socket}2`;
  await server.attach('tree', { use: 'virtiofs', options: { socket: place, tag: 'second', queues: 1, mode: 0o600 } });
  const other = await guest(t, place);
  await driver.writeFile('/a/file', '');
  await driver.writeFile('/b/file', '');
  const mine = await driver.open('/a/file');
  await flock(driver, mine, LockType.WRITE);
  await t.throwsAsync(flock(other, await other.open('/a/file'), LockType.WRITE), { code: 'EAGAIN' });
  await flock(other, await other.open('/b/file'), LockType.WRITE);
  await mine.close();
});

test('a mux may be in a mux, and under an overlay', async (t) => {
  const { driver } = await tree(t, ['a'], {
    inner: { use: 'mux', shares: { deep: memory, a: { use: 'passthrough', source: 'a' } } },
    laid: { use: 'overlay', upper: memory, lower: [{ use: 'mux', shares: { below: { use: 'passthrough', source: 'a' } } }] },
  });
  t.deepEqual(await driver.readdir('/inner'), ['deep', 'a']);
  for (const share of ['/inner/deep', '/inner/a']) {
    await driver.mkdir(`${share}/dir`);
    await driver.writeFile(`${share}/dir/file`, share);
    await driver.rename(`${share}/dir/file`, `${share}/file`);
    t.is(await text(driver, `${share}/file`), share);
    t.deepEqual((await driver.readdir(share)).toSorted(), ['dir', 'file']);
  }
  t.is(await text(driver, '/laid/below/file'), '/inner/a');
  await driver.writeFile('/laid/below/file', 'changed');
  t.is(await text(driver, '/laid/below/file'), 'changed');
  t.is(await text(driver, '/inner/a/file'), '/inner/a');
});

test('the config says what is in it now, and a share\'s name is one of a directory', async (t) => {
  const { server, add } = await tree(t, ['a'], {});
  await add({ a: { use: 'passthrough', source: 'a' } });
  t.deepEqual(Object.keys((server.mounts[0]!.config.filesystem.options as { shares: object }).shares), ['a']);
  await t.throwsAsync(add({ 'b/c': memory }), { message: /b\/c: must be a name/ });
});
