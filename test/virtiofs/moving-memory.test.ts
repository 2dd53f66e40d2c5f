import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { NodeTable } from '../../core/filesystem/nodes.js';
import { ROOT_NODE } from '../../core/protocol/flags.js';
import { S_IFDIR, S_IFREG } from '../../core/protocol/mode.js';
import { Source, Unreadable } from '../../core/state/source.js';
import { Driver, Registry } from '../../driver/index.js';
import { LockType, type Server } from '../../index.js';
import { loadVolume } from '../../plugins/memory/contents/load.js';
import { saveVolume } from '../../plugins/memory/contents/save.js';
import { Directory } from '../../plugins/memory/directory-index.js';
import { reserve, truncate } from '../../plugins/memory/extent.js';
import { memoryOptions } from '../../plugins/memory/index.js';
import { attach } from '../../plugins/memory/place.js';
import { Volume } from '../../plugins/memory/volume.js';
import { directories, flock, serve } from '../server/kernels.js';

const O_RDWR = 2;
const O_CREAT = 64;
const PAGE = 4096;
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

/** Two servers that keep files in memory, and a guest of the first. */
async function pair(t: ExecutionContext, options: object = {}, target: object = options) {
  const home = directories(t);
  const place = (which: number): string => path.join(home, `${which}.sock`);
  const servers: Server[] = [];
  for (const which of [0, 1]) {
    const transport = { use: 'virtiofs', socket: place(which), tag: 'move' };
    servers.push(await serve(t, home, { mounts: [{ name: `server-${which}`, transport, locks: 'server', filesystem: { use: 'memory', ...(which === 0 ? options : target) } }] }));
  }
  const guest = async (which: number): Promise<Driver> => {
    const driver = await Driver.connect(place(which), { registry: new Registry() });
    t.teardown(() => driver.close());
    await driver.mount();
    return driver;
  };
  return { home, place, servers, guest, driver: await guest(0) };
}

test('a guest goes on with another server, and all its files with it', async (t) => {
  const { driver, place } = await pair(t);
  await driver.mkdir('/d', 0o2750);
  await driver.writeFile('/d/file', 'some text');
  await driver.link('/d/file', '/name');
  await driver.symlink('a/'.repeat(150), '/d/link');
  await driver.setxattr('/d/file', 'user.color', Buffer.from('red'));
  const sparse = await driver.open('/sparse', O_RDWR | O_CREAT);
  await sparse.write(10 * PAGE + 100, Buffer.alloc(3 * PAGE, 's'));
  const file = await driver.open('/d/file', O_RDWR);
  const gone = await driver.open('/gone', O_RDWR | O_CREAT);
  await gone.write(0, Buffer.from('still here'));
  await driver.unlink('/gone');
  const zerosAndData = Buffer.concat([Buffer.alloc(10 * PAGE + 100), Buffer.alloc(3 * PAGE, 's')]);
  const tell = async (): Promise<unknown> => [
    await Promise.all(['/', '/d', '/d/file', '/name', '/sparse'].map((name) => driver.stat(name))), await driver.statfs('/'),
    text(await file.read(0, 100)), text(await gone.read(0, 100)), Buffer.compare(await sparse.read(0, 20 * PAGE), zerosAndData),
    await driver.readdir('/'), await driver.readdir('/d'), await driver.readlink('/d/link'), text(await driver.getxattr('/d/file', 'user.color')),
  ];
  // Once, so that access times are as new as they need to be.
  await tell();
  const before = await tell();
  t.true(JSON.stringify(before).includes('"some text","still here",0'));
  await driver.device.moveTo(place(1));
  t.deepEqual(await tell(), before);
  // What was left behind is still there.
  await t.throwsAsync(driver.device.moveTo(place(0)), { code: 'EPROTO' });
  t.deepEqual(await tell(), before);
  await file.write(5, Buffer.from('TEXT'));
  t.is(text(await driver.readFile('/name')), 'some TEXT');
  await driver.writeFile('/after', 'the move');
  t.deepEqual((await driver.readdir('/')).toSorted(), ['after', 'd', 'name', 'sparse']);
  await Promise.all([file.close(), gone.close(), sparse.close()]);
});

test('files move where nothing is mounted, too, and open directories and locks with a guest', async (t) => {
  const { driver, place } = await pair(t);
  await driver.writeFile('/file', '');
  for (let i = 0; i < 3; i++) await driver.writeFile(`/${i}`, '');
  const [one, other] = [await driver.open('/file', O_RDWR), await driver.open('/file', O_RDWR)];
  await flock(driver, one, LockType.WRITE);
  await driver.device.moveTo(place(1));
  await t.throwsAsync(flock(driver, other, LockType.WRITE), { code: 'EAGAIN' });
  await Promise.all([one.close(), other.close()]);
  await driver.unmount();
  const third = directories(t);
  const socket = path.join(third, 's');
  await serve(t, third, { mounts: [{ name: 'third', transport: { use: 'virtiofs', socket, tag: 'move' }, filesystem: { use: 'memory' } }] });
  await driver.device.moveTo(socket);
  await driver.mount();
  t.deepEqual((await driver.readdir('/')).toSorted(), ['0', '1', '2', 'file']);
});

test('files stay where they are when others have them, when there are files there, or no room', async (t) => {
  const { driver, place, servers, guest, home } = await pair(t, {}, { size: '16KiB' });
  await driver.writeFile('/file', Buffer.alloc(5 * PAGE, 'x'));
  const stays = async (): Promise<void> => {
    await t.throwsAsync(driver.device.moveTo(place(1)), { code: 'EPROTO' });
    t.is((await driver.readFile('/file')).length, 5 * PAGE);
  };
  await stays();
  await driver.truncate('/file', 3 * PAGE);
  await driver.truncate('/file', 5 * PAGE);
  const options = (socket: string): object => ({ use: 'virtiofs', options: { socket: path.join(home, socket), tag: 'third', queues: 1, mode: 0o600, once: false, migration: 'paths', packed: false } });
  await servers[0]!.attach('server-0', options('third.sock') as never);
  const third = await Driver.connect(path.join(home, 'third.sock'), { registry: new Registry() });
  await third.mount();
  await stays();
  await third.close();
  const local = await guest(1);
  await local.writeFile('/own', '');
  await local.close();
  await stays();
  const again = await guest(1);
  await again.unlink('/own');
  await again.close();
  await driver.device.moveTo(place(1));
  t.is((await driver.readFile('/file')).length, 5 * PAGE);
  await t.throwsAsync(driver.writeFile('/more', Buffer.alloc(2 * PAGE)), { code: 'ENOSPC' });
});

/** A volume with something of everything. */
function sample(): { volume: Volume; nodes: NodeTable } {
  const nodes = new NodeTable();
  const volume = new Volume(memoryOptions.parse({ size: '1MiB', inodes: 100 }), nodes);
  let parent = volume.root;
  for (let i = 0; i < 6; i++) {
    const directory = volume.create(S_IFDIR | 0o755, 1, 2)!;
    directory.directory = new Directory(directory, parent);
    directory.nlink = 2;
    attach(volume, parent.directory!, `d${i}`, directory);
    const file = volume.create(S_IFREG | 0o644, 3, 4)!;
    attach(volume, directory.directory!, 'file', file);
    attach(volume, directory.directory!, 'other', file);
    file.nlink = 2;
    volume.inodeSpace.take(1024);
    truncate(volume, file, (i + 1) * 5000);
    reserve(volume, file, i, i + 3);
    parent = i % 2 === 0 ? directory : volume.root;
  }
  return { volume, nodes };
}

const bytesOf = ({ volume, nodes }: { volume: Volume; nodes: NodeTable }): Buffer => Buffer.concat([...saveVolume(volume, nodes.generations)].map((part) => Buffer.from(part)));
const used = ({ blocks, inodeSpace }: Volume): readonly number[] => [blocks.used, inodeSpace.used];

test('no bytes from elsewhere are taken for files, cost more than there is, or take space that they do not give back', async (t) => {
  t.timeout(120_000);
  const from = sample();
  const whole = bytesOf(from);
  const read = async (bytes: Buffer, step: number): Promise<boolean> => {
    const nodes = new NodeTable();
    const volume = new Volume(memoryOptions.parse({ size: '2MiB', inodes: 200 }), nodes);
    const free = used(volume);
    const source = new Source((async function* () {
      for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step);
    })());
    try {
      const loaded = await loadVolume(volume, nodes, source, new Map());
      if (step % 2 === 0) loaded.drop();
      else if (!loaded.keep()) throw new Error('not kept');
      else bytesOf({ volume, nodes });
      if (step % 2 === 0 && used(volume).join() !== free.join()) throw new Error('space was not given back');
      return true;
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      if (used(volume).join() !== free.join()) throw new Error('space was not given back', { cause: error });
      return false;
    } finally {
      volume.pages.close();
    }
  };
  t.true(await read(whole, 1001));
  t.false(await read(whole.subarray(0, -1), 1000));
  await fc.assert(fc.asyncProperty(fc.nat(whole.length - 9), fc.oneof(fc.nat(255), fc.constantFrom(0, 255)), fc.boolean(), fc.integer({ min: 1, max: 5000 }), async (at, byte, word, step) => {
    const bytes = Buffer.from(whole);
    bytes.fill(byte, at, at + (word ? 8 : 1));
    await read(bytes, step);
  }), { numRuns: 3000 });
});

test('what was read is the same when it is written down again, and leaves the same room', async (t) => {
  const from = sample();
  const nodes = new NodeTable();
  const volume = new Volume(memoryOptions.parse({ size: '1MiB', inodes: 100 }), nodes);
  const loaded = await loadVolume(volume, nodes, Source.of(bytesOf(from)), new Map());
  t.true(loaded.keep());
  t.true(Buffer.compare(bytesOf(from), bytesOf({ volume, nodes })) === 0);
  t.deepEqual(used(volume), used(from.volume));
  t.is(volume.inode(ROOT_NODE).nlink, from.volume.root.nlink);
  t.is((await loadVolume(volume, nodes, Source.of(bytesOf(from)), new Map())).keep(), false);
});
