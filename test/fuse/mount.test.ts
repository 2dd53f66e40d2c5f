import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { bin, fusewire, start, temporary } from '../cli/run.js';

const onHost = existsSync('/dev/fuse') && process.geteuid!() === 0 ? test : test.skip;

/** True when something is mounted at `at`. */
function mounted(at: string): boolean {
  return readFileSync('/proc/self/mountinfo', 'utf8').split('\n').some((line) => line.split(' ')[4] === at);
}

/** A directory with a file to share, a mountpoint, and a function that serves the one on the other. */
function shared(t: ExecutionContext) {
  const dir = temporary(t);
  const [source, at] = [path.join(dir, 'source'), path.join(dir, 'at')];
  mkdirSync(source);
  mkdirSync(at);
  writeFileSync(path.join(source, 'file'), 'content');
  t.teardown(() => mounted(at) && execFileSync('umount', ['-l', at]));
  const serve = async (...flags: string[]) => {
    const server = start(['share', source, '--mount', at, ...flags]);
    await server.said(/serving/);
    return server;
  };
  return { source, at, serve, content: () => readFileSync(path.join(at, 'file'), 'utf8') };
}

onHost('SIGTERM unmounts and exits with 0', async (t) => {
  const { at, serve, content } = shared(t);
  const { child, ended } = await serve();
  t.is(content(), 'content');
  child.kill('SIGTERM');
  t.is((await ended).code, 0);
  t.false(mounted(at));
  t.deepEqual(readdirSync(at), []);
});

onHost('SIGINT unmounts although a file is open, and exits with 0', async (t) => {
  const { at, serve } = shared(t);
  const { child, ended } = await serve();
  execFileSync('sh', ['-c', 'exec 3< "$1"; kill -INT "$2"; while kill -0 "$2" 2> /dev/null && ! grep -q "Z (zombie)" /proc/$2/status; do sleep 0.05; done', 'sh', path.join(at, 'file'), String(child.pid)]);
  t.is((await ended).code, 0);
  t.false(mounted(at));
});

onHost('a second server on a live mountpoint is refused, and the first goes on', async (t) => {
  const { source, at, serve, content } = shared(t);
  const { child, ended } = await serve();
  const second = await fusewire(['share', source, '--mount', at]);
  t.is(second.code, 2);
  t.regex(second.stderr, /^fusewire: .*\/at is already served\n.*choose another mountpoint\n$/);
  t.is(content(), 'content');
  child.kill('SIGTERM');
  t.is((await ended).code, 0);
});

onHost('the mount of a killed server is taken away by the next one', async (t) => {
  const { at, serve, content } = shared(t);
  const killed = await serve();
  killed.child.kill('SIGKILL');
  await killed.ended;
  t.throws(() => readdirSync(at), { code: 'ENOTCONN' });
  const { child, ended } = await serve();
  t.is(content(), 'content');
  child.kill('SIGTERM');
  t.is((await ended).code, 0);
});

onHost('a server whose mount is taken away ends with 0', async (t) => {
  const { at, serve } = shared(t);
  const { ended } = await serve();
  execFileSync('umount', [at]);
  t.is((await ended).code, 0);
});

onHost('set-id bits and device files count only where the mount says so', async (t) => {
  for (const allowed of [false, true]) {
    const { source, at } = shared(t);
    const config = path.join(path.dirname(at), 'fusewire.json');
    writeFileSync(config, JSON.stringify({ mounts: [{ name: 'm', transport: { use: 'fuse', mountpoint: at, suid: allowed, dev: allowed }, filesystem: { use: 'passthrough', source } }] }));
    execFileSync('mknod', ['-m', '666', path.join(source, 'null'), 'c', '1', '3']);
    const server = start(['serve', '-c', config]);
    await server.said(/serving/);
    const options = execFileSync('findmnt', ['-no', 'OPTIONS', at]).toString();
    t.is(/nosuid/.test(options), !allowed);
    const read = () => execFileSync('cat', [path.join(at, 'null')], { stdio: 'pipe' });
    if (allowed) t.is(read().length, 0);
    else t.throws(read, { message: /Permission denied/ });
    server.child.kill('SIGTERM');
    t.is((await server.ended).code, 0);
  }
});

onHost('what a process has written to a file that it keeps open is on the disk when the server has stopped', async (t) => {
  const { source, at, serve } = shared(t);
  const { child, ended } = await serve('--writeback');
  execFileSync('sh', ['-c', 'exec 3> "$1"; yes fusewire | head -c 3000000 >&3; kill -TERM "$2"; while kill -0 "$2" 2> /dev/null && ! grep -q "Z (zombie)" /proc/$2/status; do sleep 0.05; done', 'sh', path.join(at, 'new'), String(child.pid)]);
  t.is((await ended).code, 0);
  t.true(readFileSync(path.join(source, 'new')).equals(Buffer.alloc(3_000_000, 'fusewire\n')));
});

onHost('SIGHUP ends a server as SIGTERM does, and a log that cannot be written ends none', async (t) => {
  const { source, at, content } = shared(t);
  const server = spawn('sh', ['-c', 'exec "$0" "$@" 2> /dev/full', bin, 'share', source, '--mount', at], { stdio: 'ignore' });
  while (!mounted(at)) await delay(20);
  t.is(content(), 'content');
  server.kill('SIGHUP');
  t.deepEqual(await once(server, 'close'), [0, null]);
  t.false(mounted(at));
});
