import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { LockType, Opcode } from '../../index.js';
import { start } from '../cli/run.js';
import { directories, flock, guest, serve } from './kernels.js';

const missing = existsSync('/dev/fuse') && process.geteuid!() === 0 ? '' : ' (needs root and /dev/fuse)';

const virtiofs = (name: string) => ({ use: 'virtiofs', socket: `${name}.sock`, tag: name });
const shared = (...transport: object[]) => ({ mounts: [{ name: 'shared', transport, filesystem: { use: 'passthrough', source: 'source' }, cache: 'none' }] });

async function guests(t: ExecutionContext, directory: string) {
  return { one: await guest(t, path.join(directory, 'one.sock')), two: await guest(t, path.join(directory, 'two.sock')) };
}

/**
 * Two guests and this host on one file system, whose changes all of them see at once (`cache: none`). The server has a
 * process of its own: one that uses its own mount may wait for itself.
 */
async function threeKernels(t: ExecutionContext) {
  const directory = directories(t, 'source', 'at');
  writeFileSync(path.join(directory, 'fusewire.json'), JSON.stringify(shared(virtiofs('one'), virtiofs('two'), { use: 'fuse', mountpoint: 'at' })));
  const server = start(['serve'], { cwd: directory });
  t.teardown(async () => {
    server.child.kill('SIGTERM');
    await server.ended;
  });
  await server.said(/serving/);
  return { ...await guests(t, directory), at: path.join(directory, 'at') };
}

function onThree(title: string, run: (t: ExecutionContext, three: Awaited<ReturnType<typeof threeKernels>>) => Promise<void>): void {
  if (missing) test.skip(title + missing, (t) => t.fail());
  else test(title, async (t) => run(t, await threeKernels(t)));
}

/** flock(1) on the host: whether the file could be locked at once. */
async function lockable(file: string): Promise<boolean> {
  const [code] = await once(spawn('flock', ['-n', file, 'true']), 'close');
  return code === 0;
}

onThree('what one kernel writes, all see: one file system, one node', async (t, { one, two, at }) => {
  await one.writeFile('/file', 'from one');
  t.is(Buffer.from(await two.readFile('/file')).toString(), 'from one');
  t.is(await readFile(path.join(at, 'file'), 'utf8'), 'from one');
  await two.writeFile('/file', 'two, longer than one');
  t.is((await stat(path.join(at, 'file'))).size, 20);
  const [seen, same] = [await one.lookup('/file'), await two.lookup('/file')];
  t.is(seen.node, same.node);
  t.is((await stat(path.join(at, 'file'))).ino, Number((await one.stat('/file')).ino));
});

onThree('a lock of one kernel excludes all others', async (t, { one, two, at }) => {
  await one.writeFile('/file', '');
  const [mine, yours] = [await one.open('/file'), await two.open('/file')];
  await flock(one, mine, LockType.WRITE);
  await t.throwsAsync(flock(two, yours, LockType.READ), { code: 'EAGAIN' });
  t.false(await lockable(path.join(at, 'file')));
  await flock(one, mine, LockType.UNLOCK);
  t.true(await lockable(path.join(at, 'file')));

  const holder = spawn('flock', [path.join(at, 'file'), 'sh', '-c', 'echo locked; cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(holder.stdout, 'data');
  await t.throwsAsync(flock(two, yours, LockType.READ), { code: 'EAGAIN' });
  const granted = flock(two, yours, LockType.WRITE, Opcode.SETLKW);
  holder.stdin.end();
  await granted;
  await t.throwsAsync(flock(one, mine, LockType.READ), { code: 'EAGAIN' });
});

onThree('a lock that a guest held when it vanished goes to who waits for it', async (t, { one, two, at }) => {
  await one.writeFile('/file', 'content');
  await flock(one, await one.open('/file'), LockType.WRITE);
  const yours = await two.open('/file');
  const granted = flock(two, yours, LockType.WRITE, Opcode.SETLKW);
  await one.close();
  await granted;
  t.false(await lockable(path.join(at, 'file')));
  await yours.close();
  t.true(await lockable(path.join(at, 'file')));
});

test('a kernel that vanishes leaves its locks, handles and look-ups, and the others keep theirs', async (t) => {
  const directory = directories(t, 'source');
  const server = await serve(t, directory, shared(virtiofs('one'), virtiofs('two')));
  const mount = server.mounts[0]!;
  const { one, two } = await guests(t, directory);
  await one.writeFile('/file', 'content');
  await one.writeFile('/mine', 'x');
  const [mine, yours] = [await one.open('/file'), await two.open('/file')];
  await one.open('/mine');
  await flock(one, mine, LockType.WRITE);
  const handles = () => [...mount.sessions].reduce((sum, session) => sum + session.handles.count, 0);
  t.is(handles(), 3);
  const { live } = mount.nodes;
  const granted = flock(two, yours, LockType.WRITE, Opcode.SETLKW);
  await one.close();
  await granted;
  t.is(mount.sessions.size, 1);
  t.is(handles(), 1);
  t.is(mount.nodes.live, live - 1, 'the node that only the one knew is forgotten');
  t.is(Buffer.from(await yours.read(0, 100)).toString(), 'content');
});
