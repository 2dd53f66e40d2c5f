import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createServer } from 'node:net';
import test from 'ava';
import { z } from 'zod';
import { textSource } from '../../core/config/text-source.js';
import type { Driver } from '../../driver/index.js';
import { checkConfig, FileSystem, type MountConfig, Registry, registry, Server, Transport } from '../../index.js';
import { directories, guest, serve } from './kernels.js';

const share = (name: string) => ({ name, transport: { use: 'virtiofs', socket: `${name}.sock`, tag: name }, filesystem: { use: 'passthrough', source: name } });

async function checked(server: Server, directory: string, mount: object): Promise<MountConfig> {
  const source = textSource(path.join(directory, 'fusewire.json'), JSON.stringify({ mounts: [mount] }));
  return (await checkConfig(source, registry, server.mounts.map(({ config }) => config))).mounts[0]!;
}

const text = async (driver: Driver, file: string) => Buffer.from(await driver.readFile(file)).toString();

test('mounts are added and removed while a guest of another one works', async (t) => {
  const directory = directories(t, 'a', 'b');
  writeFileSync(path.join(directory, 'b', 'file'), 'from b');
  const server = await serve(t, directory, { mounts: [share('a')] });
  const one = await guest(t, path.join(directory, 'a.sock'));
  await one.writeFile('/mine', 'kept open');
  const open = await one.open('/mine');

  await server.add(await checked(server, directory, share('b')));
  const two = await guest(t, path.join(directory, 'b.sock'));
  t.is(await text(two, '/file'), 'from b');
  t.deepEqual(server.list().map(({ name, state }) => [name, state]), [['a', 'serving'], ['b', 'serving']]);

  await server.remove('b');
  t.false(existsSync(path.join(directory, 'b.sock')));
  await t.throwsAsync(text(two, '/file'));
  t.deepEqual(server.list().map(({ name }) => name), ['a']);
  t.is(Buffer.from(await open.read(0, 100)).toString(), 'kept open');
  await one.writeFile('/more', 'still served');
  t.is(await text(one, '/more'), 'still served');

  await server.add(await checked(server, directory, share('b')));
  t.is(await text(await guest(t, path.join(directory, 'b.sock')), '/file'), 'from b', 'the name can be used again');
});

test('what is served already is refused: name, socket, and what is unknown', async (t) => {
  const directory = directories(t, 'a', 'b');
  const server = await serve(t, directory, { mounts: [share('a')] });
  await t.throwsAsync(checked(server, directory, share('a')), { message: /name: the mount "a", which is served, has the same name, a/ });
  await t.throwsAsync(checked(server, directory, { ...share('b'), transport: share('a').transport }), { message: /transport.socket: the mount "a", which is served, has the same socket/ });
  await t.throwsAsync(server.add(server.mounts[0]!.config), { code: 'FW_MOUNT_EXISTS' });
  await t.throwsAsync(server.remove('c'), { code: 'FW_UNKNOWN_MOUNT' });
  await t.throwsAsync(server.detach('a', path.join(directory, 'a.sock')), { code: 'FW_ONLY_TRANSPORT' });
  await t.throwsAsync(server.detach('a', '/elsewhere'), { code: 'FW_UNKNOWN_PLACE' });
});

test('one transport comes and goes; the guest of the other keeps its files and sees what was written', async (t) => {
  const directory = directories(t, 'a');
  const server = await serve(t, directory, { mounts: [{ ...share('a'), cache: 'none' }] });
  const one = await guest(t, path.join(directory, 'a.sock'));
  await one.writeFile('/file', 'from one');
  const open = await one.open('/file');
  const place = path.join(directory, 'second.sock');
  await server.attach('a', { use: 'virtiofs', options: { socket: place, tag: 'second', queues: 1, mode: 0o600 } });
  const two = await guest(t, place);
  t.is((await two.lookup('/file')).node, (await one.lookup('/file')).node, 'one file system, one node');
  await two.writeFile('/file', 'from two');
  t.is(server.stats()[0]!.sessions.length, 2);

  await server.detach('a', place);
  t.false(existsSync(place));
  await t.throwsAsync(two.stat('/file'));
  t.is(Buffer.from(await open.read(0, 100)).toString(), 'from two');
  t.deepEqual(server.stats()[0]!.sessions.map(({ place }) => place), [path.join(directory, 'a.sock')]);
});

test('a mount that cannot start does not stop the others; when none can, that is the error', async (t) => {
  const directory = directories(t, 'a', 'b');
  const broken = share('b');
  const other = createServer().listen(path.join(directory, 'b.sock'));
  t.teardown(() => void other.close());
  await once(other, 'listening');
  const server = await serve(t, directory, { mounts: [broken, share('a')] });
  t.deepEqual(server.list().map(({ name }) => name), ['a']);
  await (await guest(t, path.join(directory, 'a.sock'))).writeFile('/file', 'served');
  await t.throwsAsync(serve(t, directory, { mounts: [broken] }), { code: 'FW_SOCKET_BUSY' });
});

/** What was told to stop, in order. */
const stops: string[] = [];

@FileSystem({ name: 'stubborn', options: z.object({}) })
class Stubborn {
  stop(): void {
    stops.push('file system');
  }
}

@Transport({ name: 'stubborn', options: z.object({}) })
class StubbornTransport {
  async start(): Promise<void> {}
  async stop(): Promise<void> {
    stops.push('transport');
    throw new Error('I would rather not');
  }
}

test('when one transport cannot be stopped, all else still is, and its error is told', async (t) => {
  const directory = directories(t);
  const stubborn = new Registry();
  stubborn.addFileSystem(Stubborn);
  stubborn.addTransport(StubbornTransport);
  const source = textSource(path.join(directory, 'fusewire.json'),
    JSON.stringify({ mounts: ['a', 'b'].map((name) => ({ name, transport: [{ use: 'stubborn' }, { use: 'stubborn' }], filesystem: { use: 'stubborn' } })) }));
  const server = await Server.start(await checkConfig(source, stubborn), stubborn);
  await t.throwsAsync(server.remove('a'), { message: 'I would rather not' });
  t.deepEqual(stops.splice(0), ['transport', 'transport', 'file system']);
  t.deepEqual(server.list().map(({ name }) => name), ['b']);
  await t.throwsAsync(server.stop(), { message: 'I would rather not' });
  t.deepEqual(stops.splice(0), ['transport', 'transport', 'file system']);
});

test('stats count what a guest asks for, by opcode, and keep it when the guest has gone', async (t) => {
  const directory = directories(t, 'a');
  mkdirSync(path.join(directory, 'a', 'd'));
  const server = await serve(t, directory, { mounts: [share('a')] });
  const one = await guest(t, path.join(directory, 'a.sock'));
  await one.writeFile('/file', Buffer.alloc(5000));
  await t.throwsAsync(one.stat('/missing'));
  const open = await one.open('/file');
  const [now] = server.stats();
  t.true(now!.requests['WRITE']! >= 1);
  t.true(now!.errors['LOOKUP']! >= 1);
  t.is(now!.handles, 1);
  t.true(now!.nodes >= 1);
  t.true(now!.bytes.received > 5000);
  t.is(now!.sessions[0]!.requests['WRITE'], now!.requests['WRITE']);
  await open.close();
  await one.close();
  await (await guest(t, path.join(directory, 'a.sock'))).stat('/file');
  const [later] = server.stats();
  t.is(later!.requests['WRITE'], now!.requests['WRITE']);
  t.is(later!.sessions.length, 1);
});
