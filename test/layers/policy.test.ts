import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { O, RENAME } from '../conformance/posix.js';
import { onHost, plugins, stack } from './stack.js';

const policy = (...rules: object[]) => [{ use: 'policy', rules }];
const HIDE = policy({ effect: 'hide', paths: ['*.key', '/secret'] });

for (const plugin of plugins) {
  test(`${plugin}: hidden names cannot be made, found, listed, linked or moved to`, async (t) => {
    const { fs, scene } = await stack(t, plugin).serve(HIDE);
    await t.throwsAsync(scene.file('a.key'), { code: 'EACCES' });
    await t.throwsAsync(fs.mkdir('secret'), { code: 'EACCES' });
    await scene.file('f', 'content');
    await fs.mkdir('d');
    await t.throwsAsync(fs.rename('f', 'd/f.key'), { code: 'EACCES' });
    await t.throwsAsync(fs.link('f', 'f.key'), { code: 'EACCES' });
    await t.throwsAsync(fs.symlink('f', 'l.key'), { code: 'EACCES' });
    await t.throwsAsync(fs.stat('f.key'), { code: 'ENOENT' });
    await t.throwsAsync(fs.unlink('f.key'), { code: 'ENOENT' });
    t.deepEqual(await scene.names(), ['d', 'f']);
  });

  test(`${plugin}: what lies in a directory is judged again when that is renamed`, async (t) => {
    const { fs, scene } = await stack(t, plugin).serve(policy({ effect: 'hide', paths: ['/b/secret'] }, { effect: 'readonly', paths: ['/b/fixed'] }));
    await fs.mkdir('a');
    await fs.mkdir('a/secret');
    await scene.file('a/secret/f', 'content');
    await scene.file('a/fixed', 'content');
    const fd = await fs.open('a/fixed', O.O_RDWR);
    await fs.pwrite(fd, 'C', 0);
    await fs.rename('a', 'b');
    t.deepEqual(await scene.names('b'), ['fixed']);
    await t.throwsAsync(fs.stat('b/secret/f'), { code: 'ENOENT' });
    await t.throwsAsync(fs.open('b/fixed', O.O_WRONLY), { code: 'EROFS' });
    await t.throwsAsync(fs.pwrite(fd, 'D', 0), { code: 'EROFS' });
    t.is(await scene.at(fd, 0, 7), 'Content');
    await fs.rename('b', 'c');
    t.deepEqual(await scene.names('c'), ['fixed', 'secret']);
    t.is(await scene.content('c/secret/f'), 'content');
    await fs.pwrite(fd, 'D', 0);
  });

  test(`${plugin}: what is read-only neither changes nor moves, and gets no name elsewhere`, async (t) => {
    const { fs, scene } = await stack(t, plugin).serve(policy({ effect: 'allow', paths: ['*'], users: [0] }, { effect: 'readonly', paths: ['/ro', '*.conf'] }));
    await fs.mkdir('ro', 0o777);
    await fs.mkdir('rw', 0o777);
    await scene.file('ro/f', 'content');
    await scene.file('rw/x.conf', 'content');
    await scene.file('rw/g', 'content');
    await fs.actAs({ uid: 1000, gid: 1000 });
    t.is(await scene.content('ro/f'), 'content');
    for (const call of [
      () => fs.open('ro/f', O.O_RDWR), () => scene.file('ro/new'), () => fs.unlink('ro/f'), () => fs.rename('ro/f', 'rw/f'), () => fs.link('ro/f', 'rw/f'), () => fs.chmod('ro/f', 0o777),
      () => fs.setxattr('ro/f', 'user.x', 'y'), () => fs.truncate('rw/x.conf', 0), () => fs.rename('rw/x.conf', 'rw/x'), () => fs.rename('rw/g', 'rw/x.conf'), () => fs.rename('rw/g', 'ro/f', RENAME.EXCHANGE), () => scene.file('rw/new.conf'),
    ]) await t.throwsAsync(call, { code: 'EROFS' }, String(call));
    await scene.file('rw/h', 'new');
    await fs.rename('rw/h', 'rw/i');
    await fs.actAs();
    await scene.file('ro/f', 'changed');
    t.is(await scene.content('ro/f'), 'changed');
  });

  test(`${plugin}: what is denied is seen and not opened; for a user there may be other rules`, async (t) => {
    const { fs, scene } = await stack(t, plugin).serve(policy({ effect: 'allow', paths: ['*'], users: [0] }, { effect: 'deny', paths: ['/d', '/f'] }, { effect: 'hide', paths: ['/h'], users: [1001] }));
    await fs.mkdir('d', 0o777);
    await scene.file('d/x', '');
    await scene.file('f', 'content', 0o666);
    await scene.file('h', 'content');
    await fs.actAs({ uid: 1000, gid: 1000 });
    t.deepEqual(await scene.names(), ['d', 'f', 'h']);
    t.is(await scene.size('f'), 7);
    for (const call of [() => fs.open('f', O.O_RDONLY), () => scene.names('d'), () => fs.stat('d/x'), () => fs.unlink('f'), () => fs.rename('f', 'g'), () => fs.chmod('f', 0)]) {
      await t.throwsAsync(call, { code: 'EACCES' }, String(call));
    }
    await fs.actAs({ uid: 1001, gid: 1001 });
    t.deepEqual(await scene.names(), ['d', 'f']);
    await t.throwsAsync(fs.stat('h'), { code: 'ENOENT' });
    await fs.actAs();
    t.is(await scene.content('h'), 'content');
  });
}

test('a listing goes on behind hundreds of hidden names', async (t) => {
  const { source, serve } = stack(t, 'passthrough');
  for (let i = 0; i < 600; i++) writeFileSync(path.join(source, `${String(i).padStart(200, 'n')}.key`), '');
  for (let i = 0; i < 5; i++) writeFileSync(path.join(source, `shown${i}`), '');
  const { fs, scene, mount } = await serve(HIDE);
  const fd = await fs.open('.', O.O_RDONLY | O.O_DIRECTORY);
  const names = (await scene.listing(fd, 1024)).map(({ name }) => name).filter((name) => !name.startsWith('.'));
  t.deepEqual(names.toSorted(), ['shown0', 'shown1', 'shown2', 'shown3', 'shown4']);
  await fs.close(fd);
  t.true(mount.nodes.live < 10, 'nodes of hidden entries are given back');
});

onHost('on this host: rules hold at once, for each user, after renames too', policy(
  { effect: 'hide', paths: ['*.key', '/gone/inner'] }, { effect: 'hide', paths: ['/mine'], users: [1000] }, { effect: 'readonly', paths: ['/fixed'] },
), async (t, at, source) => {
  for (const name of ['a.key', 'mine', 'fixed']) writeFileSync(path.join(source, name), 'content');
  execFileSync('sh', ['-c', 'mkdir -p dir/inner && echo x > dir/inner/f'], { cwd: at });
  t.deepEqual(readdirSync(at).toSorted(), ['dir', 'fixed', 'mine']);
  t.throws(() => readFileSync(path.join(at, 'a.key')), { code: 'ENOENT' });
  t.is(readFileSync(path.join(at, 'mine'), 'utf8'), 'content');
  const other = spawnSync('cat', ['mine'], { cwd: at, uid: 1000, gid: 1000, encoding: 'utf8' });
  t.regex(other.stderr, /No such file or directory/);
  t.is(readFileSync(path.join(at, 'mine'), 'utf8'), 'content');
  t.throws(() => writeFileSync(path.join(at, 'fixed'), 'x'), { code: 'EROFS' });
  t.is(readFileSync(path.join(at, 'dir/inner/f'), 'utf8'), 'x\n');
  renameSync(path.join(at, 'dir'), path.join(at, 'gone'));
  t.throws(() => readFileSync(path.join(at, 'gone/inner/f')), { code: 'ENOENT' });
  t.deepEqual(readdirSync(path.join(at, 'gone')), []);
  t.is(readFileSync(path.join(source, 'gone/inner/f'), 'utf8'), 'x\n');
});
