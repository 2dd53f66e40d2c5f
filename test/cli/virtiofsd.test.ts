import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { ownCapabilities } from '../../native/confine.js';
import { guest } from '../server/kernels.js';
import { bin, fusewire, root, start, temporary } from './run.js';

const CAP_SYS_RESOURCE = 24n;
const wrapper = `${bin}-virtiofsd`;

function tree(t: ExecutionContext) {
  const directory = temporary(t);
  mkdirSync(path.join(directory, 'shared'));
  writeFileSync(path.join(directory, 'shared', 'file'), 'from the host');
  return { directory, shared: path.join(directory, 'shared'), socket: path.join(directory, 'v.sock') };
}

async function run(args: string[]) {
  const { code, stdout, stderr } = await fusewire(['virtiofsd', ...args]);
  return { code, stdout: stdout.toString(), stderr };
}

async function served(t: ExecutionContext, ...args: string[]) {
  const { shared, socket, directory } = tree(t);
  const server = start(['virtiofsd', '--shared-dir', shared, '--socket-path', socket, ...args]);
  t.teardown(() => server.child.kill('SIGKILL'));
  await server.said(/serving/);
  const driver = await guest(t, socket);
  return { shared, socket, directory, server, driver };
}

test('it serves one guest, and ends when that has gone', async (t) => {
  const { driver, server, shared, socket } = await served(t);
  t.is(Buffer.from(await driver.readFile('/file')).toString(), 'from the host');
  await driver.writeFile('/new', 'from the guest');
  t.is(readFileSync(path.join(shared, 'new'), 'utf8'), 'from the guest');
  await driver.unmount();
  await driver.close();
  t.is((await server.ended).code, 0);
  t.false(existsSync(socket));
});

test('as in virtiofsd, extended attributes are for those who ask for them', async (t) => {
  const { driver } = await served(t);
  await t.throwsAsync(driver.setxattr('/file', 'user.key', Buffer.from('v')), { code: 'ENOTSUP' });
  const { driver: other } = await served(t, '--xattr');
  await other.setxattr('/file', 'user.key', Buffer.from('v'));
  t.is(Buffer.from(await other.getxattr('/file', 'user.key')).toString(), 'v');
  const { driver: mapped, shared } = await served(t, '--xattrmap', ':map::user.virtiofs.:');
  await mapped.setxattr('/file', 'trusted.key', Buffer.from('v'));
  t.regex(spawnSync('getfattr', ['-d', '-m', '-', path.join(shared, 'file')], { encoding: 'utf8' }).stdout ?? 'user.virtiofs.trusted.key', /user\.virtiofs\.trusted\.key/);
});

test('readonly, in its own and in the old form, and the old form of others', async (t) => {
  const { driver } = await served(t, '--readonly', '--cache', 'never', '--no-readdirplus', '--no-announce-submounts', '--thread-pool-size', '4', '--log-level', 'info', '-f');
  await t.throwsAsync(driver.writeFile('/new', ''), { code: 'EROFS' });
  t.deepEqual((await driver.readdir('/')).toSorted(), ['file']);
  const { shared, socket } = tree(t);
  const server = start(['virtiofsd', '--socket', socket, '-o', `source=${shared},cache=always,xattr`, '-o', 'no_posix_lock']);
  t.teardown(() => server.child.kill('SIGKILL'));
  await server.said(/serving/);
  const legacy = await guest(t, socket);
  await legacy.setxattr('/file', 'user.key', Buffer.from('v'));
  t.pass();
});

test('it takes a listening socket as a descriptor, as libvirt hands it over', async (t) => {
  const { shared, socket } = tree(t);
  const listen = `import os, socket, sys
s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(1); os.dup2(s.fileno(), 7); os.set_inheritable(7, True)
os.execv(sys.argv[2], [sys.argv[2], '--fd=7', '--shared-dir', sys.argv[3], '--cache', 'auto'])`;
  const child = spawn('python3', ['-c', listen, socket, wrapper, shared], { stdio: ['ignore', 'ignore', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  while (!existsSync(socket)) await new Promise((resolve) => setTimeout(resolve, 20));
  const driver = await guest(t, socket);
  t.is(Buffer.from(await driver.readFile('/file')).toString(), 'from the host');
});

test('what it is and can do is told without a share', async (t) => {
  t.deepEqual(JSON.parse((await run(['--print-capabilities'])).stdout), { type: 'fs', features: ['migrate-precopy', 'separate-options'] });
  t.regex((await run(['--version'])).stdout, /^fusewire virtiofsd \d+\.\d+\.\d+\n$/);
  t.is(spawnSync(wrapper, ['--print-capabilities'], { encoding: 'utf8' }).stdout, (await run(['--print-capabilities'])).stdout);
  const link = path.join(temporary(t), 'virtiofsd');
  symlinkSync(wrapper, link);
  t.is(spawnSync(link, ['--version'], { encoding: 'utf8' }).status, 0);
});

test('what cannot be done is refused, with what can', async (t) => {
  const { shared, socket } = tree(t);
  const refused = async (pattern: RegExp, ...args: string[]) => {
    const { code, stderr } = await run(args);
    t.is(code, 2, stderr);
    t.regex(stderr, pattern);
    t.notRegex(stderr, /\n {4}at /);
  };
  const share = ['--shared-dir', shared, '--socket-path', socket];
  await refused(/^fusewire: virtiofsd needs --shared-dir/, '--socket-path', socket);
  await refused(/^fusewire: virtiofsd needs --socket-path or --fd/, '--shared-dir', shared);
  await refused(/^fusewire: --shared-dir: there is no directory/, '--shared-dir', path.join(tmpdir(), 'nowhere'), '--socket-path', socket);
  await refused(/^fusewire: --syslog: there is none/, ...share, '--syslog');
  await refused(/^fusewire: --uid-map: .*\n.*--translate-uid/, ...share, '--uid-map', ':0:1000:1:');
  await refused(/^fusewire: --inode-file-handles mandatory/, ...share, '--inode-file-handles', 'mandatory');
  await refused(/^fusewire: -o nonsense: there is no such option/, ...share, '-o', 'nonsense');
  await refused(/^fusewire: --translate-uid: /, ...share, '--translate-uid', 'nonsense');
  await refused(/^fusewire: --rlimit-nofile: "many"/, ...share, '--rlimit-nofile', 'many');
  await refused(/--cache <mode>' argument 'sometimes' is invalid/, ...share, '--cache', 'sometimes');
  await refused(/^fusewire: --sandbox: /, ...share, '--sandbox', 'glass');
});

test('a server may have open as many files as the kernel allows', async (t) => {
  const { server } = await served(t);
  const limit = (name: string): string => new RegExp(`^Max ${name} +(\\d+)`, 'm').exec(readFileSync(`/proc/${server.child.pid}/limits`, 'utf8'))![1]!;
  const most = Math.min(1_000_000, Number(readFileSync('/proc/sys/fs/nr_open', 'utf8')));
  const own = Number(/^Max open files +\d+ +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))![1]);
  t.is(Number(limit('open files')), (ownCapabilities() >> CAP_SYS_RESOURCE) & 1n ? Math.max(own, most) : own);
  const { server: other } = await served(t, '--rlimit-nofile', '5000');
  t.regex(readFileSync(`/proc/${other.child.pid}/limits`, 'utf8'), /^Max open files +5000 +5000/m);
});

test('the units and the description for management software are in order', (t) => {
  const units = path.join(root, 'examples/units');
  const { type, binary, description } = JSON.parse(readFileSync(path.join(units, '50-fusewire.json'), 'utf8')) as Record<string, string>;
  t.is(type, 'fs');
  t.is(path.basename(binary!), path.basename(wrapper));
  t.true((statSync(wrapper).mode & 0o111) !== 0);
  t.truthy(description);
  const checked = spawnSync('systemd-analyze', ['verify', '--man=no', ...['fusewire@.socket', 'fusewire@.service'].map((name) => path.join(units, name))], { encoding: 'utf8' });
  if (checked.error) return t.log('there is no systemd-analyze here');
  t.deepEqual(checked.stderr.split('\n').filter((line) => line.includes('fusewire@') && !line.includes('is not executable')), []);
});
