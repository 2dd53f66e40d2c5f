import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { UserError } from '../../index.js';
import { Lines } from '../../plugins/layers/lines.js';
import { onHost, plugins, scratch, stack } from './stack.js';

type Line = { operation: string; path: string | null; result: string; dropped?: number; [key: string]: unknown };

const lines = (file: string): Line[] => readFileSync(file, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as Line);
const short = ({ operation, path, to, result }: Line): string => [operation, path, to, result].filter((part) => part !== undefined).join(' ');

for (const plugin of plugins) {
  test(`${plugin}: says who did what to which path with which result`, async (t) => {
    const { home, serve } = stack(t, plugin);
    const { fs, scene, as, stop } = await serve([{ use: 'audit', file: './audit.jsonl' }]);
    await fs.mkdir('d');
    await fs.chmod('d', 0o777);
    as(1000, 1001);
    await scene.file('d/f', 'content');
    await t.throwsAsync(fs.mkdir('d/f'), { code: 'EEXIST' });
    await fs.rename('d', 'e');
    await fs.link('e/f', 'e/g');
    await fs.symlink('f', 'e/l');
    await fs.setxattr('e/g', 'user.x', 'y');
    await fs.truncate('e/f', 3);
    await fs.unlink('e/l');
    await t.throwsAsync(fs.rmdir('e'), { code: 'ENOTEMPTY' });
    await stop();
    const all = lines(path.join(home, 'audit.jsonl'));
    t.deepEqual(all.map(short), [
      'mkdir /d ok', 'setattr /d ok', 'create /d/f ok', 'mkdir /d/f EEXIST', 'rename /d /e ok', 'link /e/f /e/g ok', 'symlink /e/l ok',
      'setxattr /e/g ok', 'setattr /e/f ok', 'unlink /e/l ok', 'rmdir /e ENOTEMPTY',
    ]);
    t.deepEqual([all[0]!['uid'], all[2]!['uid'], all[2]!['gid'], all[2]!['pid']], [0, 1000, 1001, process.pid]);
    t.deepEqual([all[2]!['for'], all[1]!['sets'], all[7]!['attribute'], all[6]!['target']], ['write', ['mode'], 'user.x', 'f']);
    for (const { time } of all) t.regex(String(time), /^\d{4}-.*Z$/);
  });
}

test('records the operations and paths asked for, and no others', async (t) => {
  const { home, serve } = stack(t, 'memory');
  const layer = { use: 'audit', file: 'a', operations: ['read', 'rename', 'unlink'], paths: ['/secret', '*.key'], except: ['*.tmp'] };
  const { fs, scene, stop } = await serve([layer]);
  await fs.mkdir('secret');
  await scene.file('secret/a', 'content');
  await scene.file('secret/a.tmp', 'content');
  await scene.file('b.key', 'content');
  await scene.file('c', 'content');
  for (const name of ['secret/a', 'secret/a.tmp', 'b.key', 'c']) await scene.content(name);
  await fs.rename('c', 'c.key');
  await fs.unlink('c.key');
  await stop();
  t.deepEqual([...new Set(lines(path.join(home, 'a')).map(short))], ['read /secret/a ok', 'read /b.key ok', 'rename /c /c.key ok', 'unlink /c.key ok']);
});

test('what is not recorded costs nothing: its handlers are those of the file system', async (t) => {
  const { mount } = await stack(t, 'memory').serve([{ use: 'audit', operations: ['unlink'] }]);
  const bare = (await stack(t, 'memory').serve([])).mount;
  t.is(mount.plugin.table.filter(Boolean).length, bare.plugin.table.filter(Boolean).length);
  const { mount: other } = await stack(t, 'memory').serve([{ use: 'audit', operations: ['read'] }]);
  t.true(other.plugin.definition?.seesData);
  t.falsy(mount.plugin.definition?.seesData);
});

test('a sample is a share of the lines, and without a file they go to the log', async (t) => {
  const { log, serve } = stack(t, 'memory');
  const { fs } = await serve([{ use: 'audit', operations: ['mkdir'], sample: 0.5 }]);
  for (let i = 0; i < 400; i++) await fs.mkdir(`d${i}`);
  const said = log.filter(({ message }) => message === 'audit').length;
  t.true(said > 100 && said < 300, String(said));
});

test('lines beyond the buffer are dropped, and their number is told', async (t) => {
  const file = path.join(scratch(t), 'audit');
  const warned: object[] = [];
  const log = { debug() {}, info() {}, error() {}, warn: (fields: object) => void warned.push(fields) };
  const many = new Lines('audit', file, 3, () => 1, log);
  await many.open();
  for (let i = 0; i < 10; i++) many.add(`{"line":${i}}`);
  await many.close();
  const written = lines(file);
  t.deepEqual(written.map(({ line }) => line), [0, 1, 2, undefined]);
  t.is(written[3]!.dropped, 7);
  t.deepEqual(warned, [{ file, dropped: 7 }]);
});

test('a file that cannot be written is told before anything is served', async (t) => {
  const error = await t.throwsAsync(stack(t, 'memory').serve([{ use: 'audit', file: './none/audit' }]), { instanceOf: UserError });
  t.regex(error!.message, /none\/audit cannot be written: ENOENT$/);
});

onHost('on this host: programs are recorded by user, path and result', (home) => [{ use: 'audit', file: path.join(home, 'audit.jsonl') }], async (t, at, _source, end) => {
  execFileSync('sh', ['-c', 'mkdir d; chmod 777 d; echo x > d/f; mv d/f d/g; rm d/g; rmdir d; cat none 2> /dev/null || :'], { cwd: at });
  await end();
  const all = lines(path.join(at, '..', 'audit.jsonl'));
  t.deepEqual(all.map(short).filter((line) => !line.startsWith('open ')), ['mkdir /d ok', 'setattr /d ok', 'create /d/f ok', 'rename /d/f /d/g ok', 'unlink /d/g ok', 'rmdir /d ok']);
  for (const { uid, pid } of all) t.true(uid === 0 && typeof pid === 'number' && pid > 1);
});
