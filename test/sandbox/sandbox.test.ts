import { mkdirSync, readFileSync, readlinkSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Driver } from '../../driver/index.js';
import { landlockVersion } from '../../sandbox/landlock.js';
import { fusewire, start, temporary } from '../cli/run.js';
import { threadsOf } from './confined.js';

const isRoot = process.geteuid!() === 0;
const SYS_ADMIN = 1n << 21n;
const PRYING = path.join(import.meta.dirname, 'prying.js');
const forRoot = isRoot ? test : test.skip;
const withLandlock = landlockVersion() >= 4 ? test : test.skip;

/** A server of a directory, or of the file system `use`; ready once it has said that it is confined. */
async function served(t: ExecutionContext, args: string[], use?: string) {
  const directory = temporary(t);
  const [source, socket, config] = [path.join(directory, 'source'), path.join(directory, 'socket'), path.join(directory, 'c.json')];
  mkdirSync(source);
  writeFileSync(config, JSON.stringify({ mounts: [{ name: 'm', transport: { use: 'virtiofs', socket, tag: path.basename(directory) }, filesystem: { use } }] }));
  const target = path.join(temporary(t), 'outside');
  writeFileSync(target, 'not to be read');
  const words = use ? ['serve', '-c', config, ...args] : ['share', source, '--socket', socket, '--tag', path.basename(directory), ...args];
  const server = start(words, { env: { ...process.env, PRYING_TARGET: target } });
  t.teardown(async () => {
    server.child.kill('SIGKILL');
    await server.ended;
  });
  await server.said(args.includes('none') ? /serving/ : /confined/);
  const driver = await Driver.connect(socket);
  await driver.mount();
  t.teardown(() => driver.close());
  return { server, driver, source, socket, directory, target, pid: server.child.pid! };
}

/** What comes of every attempt of `prying`. */
async function attempts(driver: Driver): Promise<Record<string, string>> {
  const results: Record<string, string> = {};
  for (const name of ['loop', 'pool', 'make', 'tcp']) {
    results[name] = await driver.stat(name).then(() => 'done', (error: { code: string }) => error.code);
  }
  return results;
}

function allConfined(t: ExecutionContext, pid: number): void {
  const threads = threadsOf(pid);
  t.true(threads.length > 4);
  for (const { name, noNewPrivileges, capabilities } of threads) {
    t.true(noNewPrivileges, name);
    for (const set of isRoot ? capabilities : capabilities.slice(0, 2)) t.is(set & SYS_ADMIN, 0n, name);
    t.deepEqual(capabilities, threads[0]!.capabilities, name);
  }
}

withLandlock('nothing outside is opened or made, neither by the loop nor by the thread pool, and every thread is confined', async (t) => {
  const { driver, pid } = await served(t, ['--sandbox-path', temporary(t)], PRYING);
  t.deepEqual(await attempts(driver), { loop: 'EACCES', pool: 'EACCES', make: 'EACCES', tcp: 'EACCES' });
  t.true(threadsOf(pid).filter(({ name }) => name.startsWith('libuv')).length > 0, 'the thread pool has started');
  allConfined(t, pid);
});

test('without a sandbox the same attempts succeed', async (t) => {
  const { driver, pid } = await served(t, ['--sandbox', 'none'], PRYING);
  t.deepEqual(await attempts(driver), { loop: 'done', pool: 'done', make: 'done', tcp: 'ECONNREFUSED' });
  t.true(threadsOf(pid).every(({ noNewPrivileges }) => !noNewPrivileges));
});

forRoot('in a namespace what is outside does not exist, and no thread is left in the old one', async (t) => {
  const { driver, pid, target } = await served(t, ['--sandbox', 'namespace'], PRYING);
  t.deepEqual({ ...await attempts(driver), tcp: '' }, { loop: 'ENOENT', pool: 'ENOENT', make: 'ENOENT', tcp: '' });
  for (const kind of ['mnt', 'net', 'ipc']) {
    const namespaces = new Set(threadsOf(pid).map(({ id }) => readlinkSync(`/proc/${pid}/task/${id}/ns/${kind}`)));
    t.is(namespaces.size, 1, kind);
    t.false(namespaces.has(readlinkSync(`/proc/self/ns/${kind}`)), kind);
  }
  t.is(readFileSync(target, 'utf8'), 'not to be read');
  allConfined(t, pid);
});

for (const mode of ['auto', 'namespace', 'chroot']) {
  forRoot(`a share works as without a sandbox: ${mode}`, async (t) => {
    const { driver, source, server, pid } = await served(t, ['--sandbox', mode]);
    allConfined(t, pid);
    await driver.mkdir('a');
    await driver.mkdir('b');
    await driver.writeFile('a/file', 'text');
    await driver.chown('a/file', 1000, 1001);
    await driver.chmod('a/file', 0o4711);
    await driver.setxattr('a/file', 'user.name', Buffer.from('value'));
    await driver.mknod('a/device', 0o20600, 0x501);
    await driver.mknod('a/fifo', 0o10600);
    await driver.symlink('file', 'a/link');
    await driver.rename('a/file', 'b/file');
    await driver.link('b/file', 'a/again');
    await driver.truncate('b/file', 3);
    t.is(Buffer.from(await driver.readFile('a/again')).toString(), 'tex');
    t.is(Buffer.from(await driver.getxattr('b/file', 'user.name')).toString(), 'value');
    t.is(await driver.readlink('a/link'), 'file');
    t.deepEqual((await driver.readdir('a')).toSorted(), ['again', 'device', 'fifo', 'link']);
    t.is(readFileSync(path.join(source, 'b/file'), 'utf8'), 'tex');
    await driver.unlink('b/file');
    server.child.kill('SIGTERM');
    t.is((await server.ended).code, 0);
  });
}

withLandlock('a file that the host moves out of the share cannot be opened any more', async (t) => {
  const { driver, source, directory } = await served(t, []);
  writeFileSync(path.join(source, 'file'), 'text');
  const { ino } = await driver.stat('file');
  t.true(ino > 0);
  renameSync(path.join(source, 'file'), path.join(directory, 'moved'));
  symlinkSync(path.join(directory, 'moved'), path.join(source, 'file'));
  await t.throwsAsync(driver.readFile('file'));
});

withLandlock('files whose place the kernel has forgotten are opened by the names that they had', async (t) => {
  const { driver, source } = await served(t, []);
  const names = Array.from({ length: 5000 }, (_, index) => `${index}`);
  for (const name of names) writeFileSync(path.join(source, name), name);
  const entries = new Map<string, number>();
  for (const name of names) entries.set(name, (await driver.stat(name)).ino);
  if (!forgetNames()) return void t.pass('this user may not empty the kernel\'s caches');
  for (const name of names.slice(0, 200)) t.is(Buffer.from(await driver.readFile(name)).toString(), name);
});

/** Has the kernel forget names that nobody uses; proc_sys_vm(5), drop_caches. */
function forgetNames(): boolean {
  try {
    writeFileSync('/proc/sys/vm/drop_caches', '2');
    return true;
  } catch {
    return false;
  }
}

const refusals: [what: string, args: string[], message: RegExp][] = [
  ['a sandbox that is none', ['--socket', 's', '--sandbox', 'jail'], /--sandbox: must not be "jail"/],
  ['a mount in a namespace', ['--mount', 'mnt', '--sandbox', 'namespace'], /the sandbox "namespace" cannot be set up: nobody would see what is mounted in there/],
  ['an open end in a namespace', ['--socket', 's', '--sandbox', 'namespace', '--admin', 'a'], /directories may be added by the admin socket\n.*sandboxPaths/],
  ['a capability that there is not', ['--socket', 's', '--modcaps', '+fly'], /--modcaps: "\+fly" is no change of a capability/],
  ['a sandbox path that is not there', ['--socket', 's', '--sandbox-path', 'gone'], /--sandbox-path\S*: there is no directory .*gone/],
];
for (const [what, args, message] of refusals) {
  test(`${what} is refused with one message`, async (t) => {
    const cwd = temporary(t);
    for (const name of ['source', 'mnt']) mkdirSync(path.join(cwd, name));
    const { code, stderr } = await fusewire(['share', 'source', ...args], { cwd });
    t.is(code, 2);
    t.regex(stderr, message);
    t.notRegex(stderr, /^\s+at /m);
  });
}

forRoot('what a config keeps from being done is said', async (t) => {
  const cwd = temporary(t);
  mkdirSync(path.join(cwd, 'mnt'));
  mkdirSync(path.join(cwd, 'source'));
  const server = start(['share', 'source', '--mount', 'mnt'], { cwd });
  await server.said(/"without":"Landlock: a process with Landlock may not unmount".*"msg":"confined"/);
  server.child.kill('SIGTERM');
  t.is((await server.ended).code, 0);
  const open = start(['share', 'source', '--socket', 's', '--admin', 'a', '--modcaps', '-mknod'], { cwd });
  await open.said(/"capabilities":"chown (?!.*mknod).*"without":"Landlock: directories may be added by the admin socket/);
  open.child.kill('SIGTERM');
  t.is((await open.ended).code, 0);
});
