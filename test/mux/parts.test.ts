import path from 'node:path';
import test from 'ava';
import { Opcode } from '../../index.js';
import { LseekIn, LseekOut } from '../../core/protocol/structs.js';
import { putU64 } from '../../core/protocol/words.js';
import { fields, join } from '../../driver/body.js';
import { text, tree } from './serve.js';

const memory = { use: 'memory', mode: '755' };
const policy = (rules: Record<string, string[]>) => ({ use: 'policy', rules: Object.entries(rules).map(([effect, paths]) => ({ effect, paths })) });
const hello = { use: path.resolve('dist/test/mux/hello.js') };

test('a share with few handlers never makes a kernel stop asking: no ENOSYS', async (t) => {
  const { driver } = await tree(t, [], { hello, memory });
  t.is(await text(driver, '/hello/hello'), 'hello\n');
  t.deepEqual(await driver.readdir('/hello'), ['hello']);
  t.deepEqual((await driver.readdirEntries('/hello', { plus: true })).map(({ name }) => name), ['hello']);
  const refused = (code: string, what: Promise<unknown>) => t.throwsAsync(what, { code });
  await refused('EROFS', driver.writeFile('/hello/new', ''));
  await refused('EROFS', driver.mkdir('/hello/dir'));
  await refused('EROFS', driver.chmod('/hello/hello', 0o600));
  await refused('EROFS', driver.rename('/hello/hello', '/hello/other'));
  await refused('EPERM', driver.link('/hello/hello', '/hello/other'));
  await refused('ENOTSUP', driver.getxattr('/hello/hello', 'user.x'));
  const file = await driver.open('/hello/hello');
  await file.fsync();
  const seek = fields(LseekIn.size_);
  putU64(seek, LseekIn.fh >> 2, file.handle);
  seek[LseekIn.whence >> 2] = 4;
  t.is((await driver.mounted!.call(Opcode.LSEEK, file.node, join(seek), LseekOut.size_))[0], 6);
  await file.close();
  await driver.writeFile('/memory/file', 'others are asked as ever');
  t.is(await text(driver, '/memory/file'), 'others are asked as ever');
});

test('layers of a share see its own nodes and paths, and map the ids of its files alone', async (t) => {
  const layers = [policy({ deny: ['/secret'], readonly: ['/kept'] })];
  const ids = [{ use: 'idmap', uidMap: ['map:0:1000:1'], gidMap: ['map:0:1000:1'] }];
  const { driver } = await tree(t, ['a'], {
    judged: { ...memory, layers }, plain: memory, mapped: { use: 'passthrough', source: 'a', layers: ids },
  });
  for (const share of ['judged', 'plain', 'mapped']) {
    await driver.mkdir(`/${share}/dir`);
    await driver.writeFile(`/${share}/dir/file`, share);
    await driver.rename(`/${share}/dir/file`, `/${share}/file`);
    t.is(await text(driver, `/${share}/file`), share);
  }
  await t.throwsAsync(driver.writeFile('/judged/secret', ''), { code: 'EACCES' });
  await t.throwsAsync(driver.mkdir('/judged/kept'), { code: 'EROFS' });
  await driver.writeFile('/plain/secret', 'open to all');
  // Root outside is user 1000 inside, and back again; the other shares' ids stay, whichever request comes next.
  for (let i = 0; i < 3; i++) {
    t.deepEqual([(await driver.stat('/mapped/file')).uid, (await driver.stat('/plain/file')).uid], [0, 0]);
    await driver.chown('/plain/file', 1000, 1000);
    t.is((await driver.stat('/plain/file')).uid, 1000);
    await driver.chown('/plain/file', 0, 0);
  }
});

test('layers around a mux know nodes and paths of all of it', async (t) => {
  const { driver } = await tree(t, [], { a: memory, b: memory }, {
    filesystem: { use: 'mux', shares: { a: memory, b: { ...memory, layers: [policy({ deny: ['/own'] })] } }, layers: [policy({ deny: ['/a/secret', '/b/**/hidden'] })] },
  });
  await driver.mkdir('/b/dir');
  await driver.mkdir('/b/dir/deep');
  await driver.writeFile('/a/file', 'text');
  await driver.rename('/b/dir/deep', '/b/deep');
  await t.throwsAsync(driver.writeFile('/a/secret', ''), { code: 'EACCES' });
  await t.throwsAsync(driver.writeFile('/b/deep/hidden', ''), { code: 'EACCES' });
  await t.throwsAsync(driver.writeFile('/b/own', ''), { code: 'EACCES' });
  await t.throwsAsync(driver.link('/a/file', '/a/secret'), { code: 'EACCES' });
  await driver.link('/a/file', '/a/other');
  t.is(await text(driver, '/a/other'), 'text');
});
