import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { MountStats, MountSummary } from '../../core/stats.js';
import { guest } from '../server/kernels.js';
import { fusewire, start, temporary } from './run.js';

/** A server with an admin socket in a directory of its own, and `ctl` there. */
async function managed(t: ExecutionContext, config: object) {
  const directory = temporary(t);
  for (const name of ['a', 'b']) mkdirSync(path.join(directory, name));
  writeFileSync(path.join(directory, 'b', 'file'), 'from b');
  writeFileSync(path.join(directory, 'fusewire.json'), JSON.stringify(config));
  const server = start(['serve'], { cwd: directory });
  await server.said(/admin/);
  const ctl = async (...args: string[]) => {
    const { code, stdout, stderr } = await fusewire(['ctl', ...args], { cwd: directory });
    return { code, stdout: stdout.toString(), stderr };
  };
  return { directory, server, ctl };
}

test('ctl adds, lists, counts and removes shares of a running server, and tells what is wrong', async (t) => {
  const { directory, server, ctl } = await managed(t, { admin: 'admin.sock', mounts: [] });
  t.deepEqual(await ctl('list'), { code: 0, stdout: 'NAME  FILE SYSTEM  TRANSPORT  AT  KERNELS  STATE\n', stderr: '' });
  t.is((await ctl('add', 'b', '--socket', 'b.sock', '--tag', 'b', '--cache', 'none')).code, 0);
  const driver = await guest(t, path.join(directory, 'b.sock'));
  t.is(Buffer.from(await driver.readFile('/file')).toString(), 'from b');
  t.regex((await ctl('list')).stdout, /^b +passthrough +virtiofs +\S+\/b\.sock +1 +serving$/m);
  const [stats] = JSON.parse((await ctl('stats', '--json')).stdout) as MountStats[];
  t.true(stats!.requests['READ']! > 0);
  t.regex((await ctl('stats')).stdout, /^b +READ +\d+ +0$/m);

  t.is((await ctl('attach', 'b', '--socket', 'second.sock', '--tag', 'second')).code, 0);
  t.is(Buffer.from(await (await guest(t, path.join(directory, 'second.sock'))).readFile('/file')).toString(), 'from b');
  t.is((await ctl('detach', 'b', 'second.sock')).code, 0);
  t.false(existsSync(path.join(directory, 'second.sock')));

  const wrong = await ctl('add', 'a', '--socket', 'b.sock', '--tag', 'a');
  t.is(wrong.code, 2);
  t.regex(wrong.stderr, /^fusewire: --socket: the mount "b", which is served, has the same socket/);
  t.is((await ctl('remove', 'b')).code, 0);
  t.regex((await ctl('remove', 'b')).stderr, /^fusewire: no mount "b" is served/);
  server.child.kill('SIGTERM');
  t.is((await server.ended).code, 0);
  t.false(existsSync(path.join(directory, 'admin.sock')));
  t.regex((await ctl('list')).stderr, /^fusewire: no server answers at \S+admin.sock: ENOENT/);
});

test('ctl add takes the mounts of a config file, and tells the line of what is wrong in it', async (t) => {
  const { directory, server, ctl } = await managed(t, { admin: 'admin.sock', mounts: [] });
  const mount = (name: string) => `  - name: ${name}\n    transport: { use: virtiofs, socket: ${name}.sock, tag: ${name} }\n    filesystem: { use: passthrough, source: ${name} }\n`;
  writeFileSync(path.join(directory, 'more.yaml'), `mounts:\n${mount('a')}${mount('b')}    cahce: none\n`);
  const { code, stderr } = await ctl('add', '-c', 'more.yaml');
  t.is(code, 2);
  t.regex(stderr, /^fusewire: more.yaml:8:5: mounts\[1\]\.cahce: unknown key\n  did you mean "cache"/);
  const listed = JSON.parse((await ctl('list', '--json')).stdout) as MountSummary[];
  t.deepEqual(listed.map(({ name }) => name), ['a']);
  server.child.kill('SIGTERM');
  await server.ended;
});

test('serve goes on when one of its mounts cannot start, and says why', async (t) => {
  const directory = temporary(t);
  mkdirSync(path.join(directory, 'a'));
  const mount = (name: string, socket: string) => ({ name, transport: { use: 'virtiofs', socket, tag: name }, filesystem: { use: 'passthrough', source: 'a' } });
  writeFileSync(path.join(directory, 'fusewire.json'), JSON.stringify({ mounts: [mount('broken', 'b.sock'), mount('a', 'a.sock')] }));
  const other = createServer().listen(path.join(directory, 'b.sock'));
  t.teardown(() => void other.close());
  await once(other, 'listening');
  const server = start(['serve'], { cwd: directory });
  await server.said(/broken is not served: \S+b.sock is already served/);
  await server.said(/serving/);
  await (await guest(t, path.join(directory, 'a.sock'))).writeFile('/file', 'written');
  t.is(readFileSync(path.join(directory, 'a', 'file'), 'utf8'), 'written');
  server.child.kill('SIGTERM');
  t.is((await server.ended).code, 0);

  writeFileSync(path.join(directory, 'fusewire.json'), JSON.stringify({ mounts: [mount('broken', 'b.sock')] }));
  const none = await fusewire(['serve'], { cwd: directory });
  t.is(none.code, 2);
  t.regex(none.stderr, /b.sock is already served/);
});

test('ctl adds shares to a tree of them and takes them out again, and tells what is wrong', async (t) => {
  const mount = { name: 'tree', transport: { use: 'virtiofs', socket: 'tree.sock', tag: 'tree' }, filesystem: { use: 'mux' }, cache: 'none' };
  const { directory, server, ctl } = await managed(t, { admin: 'admin.sock', mounts: [mount] });
  t.is((await ctl('add', 'b', '--into', 'tree')).code, 0);
  writeFileSync(path.join(directory, 'more.yaml'), 'shares:\n  scratch: { use: memory }\n');
  t.is((await ctl('add', '-c', 'more.yaml', '--into', 'tree')).code, 0);
  t.regex((await ctl('list')).stdout, /^tree +b\ntree +scratch$/m);
  const driver = await guest(t, path.join(directory, 'tree.sock'));
  t.is(Buffer.from(await driver.readFile('/b/file')).toString(), 'from b');
  t.deepEqual(await driver.readdir('/'), ['b', 'scratch']);
  t.is((await ctl('remove', 'b', '--from', 'tree')).code, 0);
  t.deepEqual(await driver.readdir('/'), ['scratch']);

  const said = async (...args: string[]) => {
    const { code, stderr } = await ctl(...args);
    return [code, stderr.split('\n')[0]];
  };
  t.deepEqual(await said('remove', 'b', '--from', 'tree'), [2, 'fusewire: the mount "tree" has no share "b"']);
  t.deepEqual(await said('add', 'b', '--into', 'tree', '--cache', 'none'), [2, 'fusewire: --cache is the whole mount\'s']);
  t.deepEqual(await said('add', 'b', '--into', 'tree', '--name', 'x/y'), [2, 'fusewire: --name: must be a name, without "/" and other than "." and ".."']);
  t.deepEqual(await said('add', 'c', '--into', 'tree'), [2, `fusewire: DIR: there is no directory ${path.join(directory, 'c')}`]);
  writeFileSync(path.join(directory, 'wrong.yaml'), 'shares:\n  scratch: { use: memroy }\n');
  t.regex((await said('add', '-c', 'wrong.yaml', '--into', 'tree')).join(' '), /wrong.yaml:2:\d+: shares.scratch.use: unknown file system "memroy"/);
  server.child.kill('SIGTERM');
  t.is((await server.ended).code, 0);
});
