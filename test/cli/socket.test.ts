import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import test, { type ExecutionContext } from 'ava';
import { bin, fusewire, start, temporary } from './run.js';

async function served(t: ExecutionContext) {
  const directory = temporary(t);
  const [project, socket] = [path.join(directory, 'project'), path.join(directory, 's.sock')];
  mkdirSync(project);
  writeFileSync(path.join(project, 'file'), 'from the host\n');
  const server = start(['share', project, '--socket', socket, '--tag', 'w']);
  t.teardown(() => server.child.kill('SIGKILL'));
  await server.said(/serving/);
  return { directory, project, socket, server };
}

test('the driver command lists, reads, writes and removes on a share', async (t) => {
  const { directory, project, socket } = await served(t);
  const driver = async (...args: string[]) => {
    const { code, stdout, stderr } = await fusewire(['driver', socket, ...args], { cwd: directory });
    t.is(stderr, '', args.join(' '));
    t.is(code, 0);
    return stdout.toString();
  };
  t.is(await driver('ls'), 'file\n');
  t.is(await driver('cat', 'file', '/file'), 'from the host\nfrom the host\n');
  t.regex(await driver('stat', 'file'), new RegExp(`^file: ino ${statSync(path.join(project, 'file')).ino} mode 100\\d{3} nlink 1 uid ${process.getuid!()} gid ${process.getgid!()} size 14 `));
  await driver('mkdir', 'made');
  const bytes = Buffer.alloc(3 << 20, 'fusewire');
  writeFileSync(path.join(directory, 'local'), bytes);
  await driver('put', 'local', 'made/remote');
  t.deepEqual(readFileSync(path.join(project, 'made/remote')), bytes);
  await driver('get', 'made/remote', 'back');
  t.deepEqual(readFileSync(path.join(directory, 'back')), bytes);
  await driver('rm', 'made/remote', 'made');
  t.is(await driver('ls'), 'file\n');
});

test('the driver command takes and prints names that are not UTF-8 as they are', async (t) => {
  const { project, socket } = await served(t);
  const child = spawn('/bin/sh', ['-c', `name=$(printf 'b\\376\\377'); "$0" driver "$1" mkdir "$name" && "$0" driver "$1" ls`, bin, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.deepEqual(await buffer(child.stdout), Buffer.from('b\xfe\xff\nfile\n', 'latin1'));
  t.deepEqual(readdirSync(project, 'latin1').toSorted(), ['b\xfe\xff', 'file']);
});

test('a reader that goes away ends the driver command without a word, a full disk with one', async (t) => {
  const { project, socket } = await served(t);
  truncateSync(path.join(project, 'file'), 32 << 20);
  const shell = (line: string) => {
    const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', line, bin, socket], { encoding: 'utf8' });
    return { status, stdout, stderr };
  };
  t.deepEqual(shell('{ "$0" driver "$1" cat file; echo $? >&2; } | head -c 1'), { status: 0, stdout: 'f', stderr: '141\n' });
  t.deepEqual(shell('"$0" driver "$1" cat file > /dev/full'), { status: 1, stdout: '', stderr: 'fusewire: ENOSPC: no space left on device, write\n' });
});

test('a copy that cannot begin leaves its target as it was', async (t) => {
  const { directory, project, socket } = await served(t);
  const local = path.join(directory, 'local');
  writeFileSync(local, 'kept');
  t.is((await fusewire(['driver', socket, 'get', 'gone', local])).code, 1);
  t.is((await fusewire(['driver', socket, 'put', directory, 'file'])).code, 1);
  t.is(readFileSync(local, 'utf8'), 'kept');
  t.is(readFileSync(path.join(project, 'file'), 'utf8'), 'from the host\n');
});

test('what the driver cannot do is one line and exit 1', async (t) => {
  const { directory, socket } = await served(t);
  for (const args of [['cat', 'gone'], ['rm', 'gone'], ['mkdir', 'file']]) {
    const { code, stderr } = await fusewire(['driver', socket, ...args]);
    t.is(code, 1);
    t.regex(stderr, /^fusewire: E(NOENT|EXIST): .*\n$/);
  }
  const { code, stderr } = await fusewire(['driver', path.join(directory, 'none'), 'ls']);
  t.is(code, 1);
  t.regex(stderr, /^fusewire: ENOENT: .*\n$/);
});

test('a second server on a live socket refuses; the first one goes on, and takes its socket away when it ends', async (t) => {
  const { project, socket, server } = await served(t);
  const second = await fusewire(['share', project, '--socket', socket]);
  t.is(second.code, 2);
  t.regex(second.stderr, /s\.sock/);
  t.is((await fusewire(['driver', socket, 'ls'])).stdout.toString(), 'file\n');
  server.child.kill('SIGTERM');
  t.is((await server.ended).code, 0);
  t.false(existsSync(socket));
});

test('the socket of a server that was killed is taken over', async (t) => {
  const { project, socket, server } = await served(t);
  server.child.kill('SIGKILL');
  await server.ended;
  t.true(existsSync(socket));
  const next = start(['share', project, '--socket', socket]);
  await next.said(/serving/);
  t.is((await fusewire(['driver', socket, 'ls'])).stdout.toString(), 'file\n');
  next.child.kill('SIGINT');
  t.is((await next.ended).code, 0);
  t.false(existsSync(socket));
});

test('what is no socket is left alone', async (t) => {
  const directory = temporary(t);
  const file = path.join(directory, 'precious');
  writeFileSync(file, 'data');
  chmodSync(file, 0o600);
  const { code, stderr } = await fusewire(['share', directory, '--socket', file]);
  t.is(code, 2);
  t.regex(stderr, /precious/);
  t.notRegex(stderr, /^\s+at /m);
  t.is(readFileSync(file, 'utf8'), 'data');
});
