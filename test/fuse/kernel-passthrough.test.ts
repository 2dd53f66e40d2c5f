import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { open, readFile, stat, writeFile } from 'node:fs/promises';
import { release, tmpdir } from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { checkConfig, Opcode, registry, Server } from '../../index.js';
import { BackingFiles } from '../../core/session/backing-files.js';

const [major, minor] = release().split('.').map(Number) as [number, number];
const able = existsSync('/dev/fuse') && process.geteuid!() === 0 && (major > 6 || (major === 6 && minor >= 9));
const onHost = able ? test : test.skip;

/** A directory shared on a mountpoint by this very process, whose file calls therefore must not block its loop. */
async function mounted(t: ExecutionContext, options: object) {
  const dir = mkdtempSync(path.join(tmpdir(), 'fusewire-backing-'));
  for (const name of ['source', 'at']) mkdirSync(path.join(dir, name));
  const data = { mounts: [{ name: 'm', transport: { use: 'fuse', mountpoint: path.join(dir, 'at'), ...options }, filesystem: { use: 'passthrough', source: path.join(dir, 'source') } }] };
  const config = await checkConfig({ name: 'test', directory: dir, data, where: (key) => key.join('.') }, registry);
  const server = await Server.start(config, registry);
  t.teardown(async () => {
    await server.stop();
    rmSync(dir, { recursive: true });
  });
  const received = (opcode: Opcode) => [...server.mounts[0]!.sessions][0]!.traffic.requests[opcode]!;
  return { file: path.join(dir, 'at', 'file'), source: path.join(dir, 'source', 'file'), received };
}

onHost('the kernel reads and writes a file of the host without asking, and everybody sees the same', async (t) => {
  const { file, source, received } = await mounted(t, {});
  const content = Buffer.alloc(300_000, 'fusewire');
  await writeFile(file, content);
  t.deepEqual(await readFile(file), content);
  t.deepEqual(readFileSync(source), content);
  t.is((await stat(file)).size, content.length);
  t.deepEqual([received(Opcode.READ), received(Opcode.WRITE)], [0, 0]);
});

onHost('passthrough: false has every read and write come to the plugin', async (t) => {
  const { file, received } = await mounted(t, { passthrough: false });
  await writeFile(file, 'content');
  t.is(await readFile(file, 'utf8'), 'content');
  t.true(received(Opcode.READ) > 0 && received(Opcode.WRITE) > 0);
});

onHost('a file with set-id bits is written through the plugin, which clears them', async (t) => {
  const { file, received } = await mounted(t, {});
  await writeFile(file, 'x', { mode: 0o4755 });
  const handle = await open(file, 'r+');
  await handle.write('y');
  await handle.close();
  t.true(received(Opcode.WRITE) > 0);
});

test('all opens of a node that exist at one time go the way of the first; the id is given back after the last', (t) => {
  const calls: string[] = [];
  let id = 0;
  const backing = new BackingFiles({
    backingOpen: (fd) => (calls.push(`open ${fd}`), ++id),
    backingClose: (closed) => void calls.push(`close ${closed}`),
    forgetAttributes: (node, generation) => void calls.push(`forget ${node}.${generation}`),
  });
  t.deepEqual([backing.opened(5, 1, 30, false), backing.opened(5, 1, 31, true), backing.opened(5, 1, -1, false)], [1, 1, 1]);
  t.deepEqual([backing.opened(6, 0, -1, true), backing.opened(6, 0, 32, true)], [0, 0]);
  t.deepEqual([backing.changes(5), backing.changes(6)], [true, false]);
  for (const node of [5, 5, 5, 6, 6, 7]) backing.released(node);
  t.deepEqual(calls, ['open 30', 'forget 5.1', 'close 1']);
  t.false(backing.changes(5));
});
