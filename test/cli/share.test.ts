import { chownSync, mkdirSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { fusewire, start, temporary } from './run.js';

function tree(directory: string) {
  const [project, mountpoint] = [path.join(directory, 'project'), path.join(directory, 'm')];
  mkdirSync(path.join(project, 'deep'), { recursive: true });
  mkdirSync(mountpoint);
  writeFileSync(path.join(project, 'deep', 'file'), 'from the host\n');
  symlinkSync('deep/file', path.join(project, 'link'));
  return { project, mountpoint };
}

const mounted = (mountpoint: string) => readFileSync('/proc/mounts', 'utf8').includes(` ${mountpoint} fuse.fusewire `);

test('share --mount serves a directory both ways until SIGTERM, then unmounts and exits with 0', async (t) => {
  const { project, mountpoint } = tree(temporary(t));
  const server = start(['share', project, '--mount', mountpoint]);
  await server.said(/serving/);
  t.true(mounted(mountpoint));
  t.is(readFileSync(path.join(mountpoint, 'deep/file'), 'utf8'), 'from the host\n');
  t.is(readlinkSync(path.join(mountpoint, 'link')), 'deep/file');
  writeFileSync(path.join(mountpoint, 'deep/new'), 'from the mount\n');
  t.is(readFileSync(path.join(project, 'deep/new'), 'utf8'), 'from the mount\n');

  const second = await fusewire(['share', project, '--mount', mountpoint]);
  t.is(second.code, 2);
  t.regex(second.stderr, /already served/);

  server.child.kill('SIGTERM');
  const { code } = await server.ended;
  t.is(code, 0);
  t.false(mounted(mountpoint));
});

test('the mount of a server that was killed is cleaned up by the next one', async (t) => {
  const { project, mountpoint } = tree(temporary(t));
  const killed = start(['share', project, '--mount', mountpoint]);
  await killed.said(/serving/);
  killed.child.kill('SIGKILL');
  await killed.ended;
  t.throws(() => readFileSync(path.join(mountpoint, 'deep/file')), { code: 'ENOTCONN' });

  const next = start(['share', project, '--mount', mountpoint]);
  await next.said(/serving/);
  t.is(readFileSync(path.join(mountpoint, 'deep/file'), 'utf8'), 'from the host\n');
  next.child.kill('SIGINT');
  t.is((await next.ended).code, 0);
  t.false(mounted(mountpoint));
});

test('share --readonly refuses changes', async (t) => {
  const { project, mountpoint } = tree(temporary(t));
  const server = start(['share', project, '--mount', mountpoint, '--readonly']);
  await server.said(/serving/);
  t.throws(() => writeFileSync(path.join(mountpoint, 'new'), ''), { code: 'EROFS' });
  server.child.kill('SIGINT');
  t.is((await server.ended).code, 0);
});

/** Changing owners is for root only. */
function asRoot(title: string, run: (t: ExecutionContext) => Promise<void>): void {
  if (process.geteuid!() === 0) test(title, run);
  else test.skip(`${title} (needs root)`, run);
}

asRoot('share --squash makes one user of all, on both sides', async (t) => {
  const { project, mountpoint } = tree(temporary(t));
  const server = start(['share', project, '--mount', mountpoint, '--squash', '1000:1001:7:8']);
  await server.said(/serving/);
  const owner = (file: string) => [statSync(file).uid, statSync(file).gid];
  t.deepEqual(owner(path.join(mountpoint, 'deep/file')), [7, 8]);
  writeFileSync(path.join(mountpoint, 'new'), '');
  t.deepEqual(owner(path.join(project, 'new')), [1000, 1001]);
  t.deepEqual(owner(path.join(mountpoint, 'new')), [7, 8]);
  server.child.kill('SIGINT');
  t.is((await server.ended).code, 0);
});

asRoot('share --translate-uid and --translate-gid map owners both ways, and refuse what is forbidden', async (t) => {
  const { project, mountpoint } = tree(temporary(t));
  const server = start(['share', project, '--mount', mountpoint, '--translate-uid', 'map:0:100000:1000', '--translate-uid', 'forbid-guest:1000:1', '--translate-gid', 'map:0:200000:1000']);
  await server.said(/serving/);
  const owner = (file: string) => [statSync(file).uid, statSync(file).gid];
  writeFileSync(path.join(mountpoint, 'new'), '');
  t.deepEqual(owner(path.join(project, 'new')), [100_000, 200_000]);
  t.deepEqual(owner(path.join(mountpoint, 'new')), [0, 0]);
  chownSync(path.join(mountpoint, 'new'), 5, 6);
  t.deepEqual(owner(path.join(project, 'new')), [100_005, 200_006]);
  t.throws(() => chownSync(path.join(mountpoint, 'new'), 1000, 6), { code: 'EPERM' });
  t.deepEqual(owner(path.join(project, 'new')), [100_005, 200_006]);
  server.child.kill('SIGINT');
  t.is((await server.ended).code, 0);
});

test('the transport line of a config swaps the transport: what check says of it', async (t) => {
  const directory = temporary(t);
  const { project, mountpoint } = tree(directory);
  const config = (transport: object) => JSON.stringify({ mounts: [{ name: 'w', transport, filesystem: { use: 'passthrough', source: project } }] });
  writeFileSync(path.join(directory, 'fusewire.json'), config({ use: 'fuse', mountpoint }));
  const host = await fusewire(['check'], { cwd: directory });
  t.regex(host.stdout.toString(), /^fusewire.json is valid\n\nw\n  serves   passthrough \{ source: .*project/);
  t.regex(host.stdout.toString(), /over     fuse \{ mountpoint: .*\/m,/);
  writeFileSync(path.join(directory, 'fusewire.json'), config({ use: 'virtiofs', socket: 'w.sock', tag: 'w' }));
  const guest = await fusewire(['check'], { cwd: directory });
  t.regex(guest.stdout.toString(), /over     virtiofs \{ socket: .*w.sock, tag: w, .*\}\n  cache    auto, 1 s\n$/);
});

test('serve mounts what its config says', async (t) => {
  const directory = temporary(t);
  const { mountpoint } = tree(directory);
  writeFileSync(path.join(directory, 'fusewire.yaml'), 'mounts:\n  - name: w\n    transport: { use: fuse, mountpoint: m }\n    filesystem: { use: passthrough, source: project }\n');
  const server = start(['serve'], { cwd: path.join(directory, 'project', 'deep') });
  await server.said(/serving/);
  t.is(readFileSync(path.join(mountpoint, 'link'), 'utf8'), 'from the host\n');
  server.child.kill('SIGTERM');
  t.is((await server.ended).code, 0);
});
