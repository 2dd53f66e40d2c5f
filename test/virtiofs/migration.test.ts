import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { Driver, Registry } from '../../driver/index.js';
import { Source, Unreadable } from '../../core/state/source.js';
import { readSession, saveSession } from '../../core/state/transfer.js';
import { LockType, type Server } from '../../index.js';
import * as protocol from '../../transports/virtiofs/protocol/index.js';
import { FrontEnd } from './front-end.js';
import { directories, flock, serve } from '../server/kernels.js';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const O_RDWR = 2;
const O_CREAT = 64;

/** Two servers of their own, of one directory or of two. */
async function pair(t: ExecutionContext, migration: 'paths' | 'handles', sources: readonly [string, string], more: object = {}, migrationOnError = 'abort') {
  const home = directories(t, 'one', 'other');
  const place = (which: 0 | 1) => path.join(home, `${which}.sock`);
  const servers: Server[] = [];
  for (const which of [0, 1] as const) {
    const transport = { use: 'virtiofs', socket: place(which), tag: 'move', migration, migrationOnError };
    servers.push(await serve(t, home, { mounts: [{ name: `server-${which}`, transport, locks: 'server', filesystem: { use: 'passthrough', source: path.join(home, sources[which]), ...more } }] }));
  }
  const driver = await Driver.connect(place(0), { registry: new Registry() });
  t.teardown(() => driver.close());
  await driver.mount();
  return { home, driver, place, servers };
}

const ways = [['handles', { }], ['paths', {}], ['paths', { fileHandles: false }]] as const;

for (const [migration, more] of ways) {
  const title = `by ${migration}${'fileHandles' in more ? ', where there are no file handles' : ''}`;

  test(`a guest goes on with another server, its nodes and open files the same: ${title}`, async (t) => {
    const { driver, place, home } = await pair(t, migration, ['one', 'one'], more);
    await driver.mkdir('/d');
    await driver.writeFile('/d/file', 'some text');
    const file = await driver.open('/d/file', O_RDWR);
    const directory = await driver.lookup('/d');
    for (const to of [1, 0, 1] as const) {
      await driver.device.moveTo(place(to));
      t.is(text(await file.read(0, 100)), 'some text');
      await file.write(5, Buffer.from(`TEX${to}`));
      t.is(readFileSync(path.join(home, 'one/d/file'), 'utf8'), `some TEX${to}`);
      await file.write(5, Buffer.from('text'));
      t.is((await driver.stat('/d/file')).size, 9);
      t.deepEqual(await driver.readdir('/d'), ['file']);
    }
    await file.close();
    directory.release();
    await driver.writeFile('/after', 'the move');
    t.deepEqual(readdirSync(path.join(home, 'one')).toSorted(), ['after', 'd']);
  });
}

test('by paths, a guest goes on in a copy of the directory', async (t) => {
  const { driver, place, home } = await pair(t, 'paths', ['one', 'other']);
  await driver.mkdir('/d');
  await driver.writeFile('/d/file', 'some text');
  const file = await driver.open('/d/file', O_RDWR);
  execFileSync('cp', ['-a', `${home}/one/.`, `${home}/other`]);
  await driver.device.moveTo(place(1));
  await file.write(0, Buffer.from('SOME'));
  await file.close();
  t.is(readFileSync(path.join(home, 'other/d/file'), 'utf8'), 'SOME text');
  t.is(readFileSync(path.join(home, 'one/d/file'), 'utf8'), 'some text');
});

test('a guest whose files are not all there stays with the old server, and can be moved when they are', async (t) => {
  const { driver, place, home } = await pair(t, 'paths', ['one', 'other']);
  for (const name of ['/first', '/second']) await driver.writeFile(name, name);
  const [first, second] = [await driver.open('/first', O_RDWR), await driver.open('/second')];
  writeFileSync(path.join(home, 'other/first'), 'elsewhere');
  for (let i = 0; i < 3; i++) await t.throwsAsync(driver.device.moveTo(place(1)), { code: 'EPROTO' });
  t.is(text(await second.read(0, 100)), '/second');
  await first.write(0, Buffer.from('/FIRST'));
  t.is(readFileSync(path.join(home, 'one/first'), 'utf8'), '/FIRST');
  t.is(readFileSync(path.join(home, 'other/first'), 'utf8'), 'elsewhere');
  writeFileSync(path.join(home, 'other/second'), 'there as well');
  await driver.device.moveTo(place(1));
  t.is(text(await second.read(0, 100)), 'there as well');
  t.is(text(await first.read(0, 100)), 'elsewhere');
});

test('by handles, a guest that has a file of another file system stays with the old server', async (t) => {
  const { driver, place, home } = await pair(t, 'handles', ['one', 'other']);
  await driver.writeFile('/file', 'some text');
  const entry = await driver.lookup('/file');
  writeFileSync(path.join(home, 'one/gone'), '');
  const gone = await driver.lookup('/gone');
  unlinkSync(path.join(home, 'one/gone'));
  await t.throwsAsync(driver.device.moveTo(place(1)), { code: 'EPROTO' });
  t.is(text(await driver.readFile('/file')), 'some text');
  for (const one of [entry, gone]) one.release();
});

test('what is not there is stale, and nothing else', async (t) => {
  const { driver, place, home } = await pair(t, 'paths', ['one', 'other'], {}, 'guest-error');
  for (const name of ['/stays', '/goes']) await driver.writeFile(name, name);
  const [stays, goes] = [await driver.open('/stays'), await driver.open('/goes')];
  writeFileSync(path.join(home, 'other/stays'), 'elsewhere');
  await driver.device.moveTo(place(1));
  t.is(text(await stays.read(0, 100)), 'elsewhere');
  await t.throwsAsync(goes.read(0, 100), { code: 'EBADF' });
  await t.throwsAsync(driver.stat('/goes'), { code: 'ENOENT' });
});

test('locks move too', async (t) => {
  const { driver, place } = await pair(t, 'handles', ['one', 'one']);
  await driver.writeFile('/file', '');
  const [one, other] = [await driver.open('/file', O_RDWR), await driver.open('/file', O_RDWR)];
  await flock(driver, one, LockType.WRITE);
  await driver.device.moveTo(place(1));
  await t.throwsAsync(flock(driver, other, LockType.WRITE), { code: 'EAGAIN' });
  await flock(driver, one, LockType.UNLOCK);
  await flock(driver, other, LockType.WRITE);
  t.pass();
});

test('a guest that has much under way moves again and again, and loses nothing', async (t) => {
  t.timeout(120_000);
  const { driver, place, home } = await pair(t, 'handles', ['one', 'one']);
  const end = new AbortController();
  const written = new Map<string, number>();
  const lanes = Array.from({ length: 8 }, async (_, lane) => {
    await driver.mkdir(`/lane-${lane}`);
    const log = await driver.open(`/lane-${lane}/log`, O_RDWR | O_CREAT);
    for (let i = 0; !end.signal.aborted; i++) {
      const name = `/lane-${lane}/${i}`;
      await driver.writeFile(name, name);
      await log.write(i * 8, Buffer.from(String(i).padStart(8, '0')));
      if (i % 3 === 0) await driver.rename(name, `${name}-renamed`);
      if (i % 5 === 4) await driver.unlink(`/lane-${lane}/${i - 1}`).catch(() => driver.unlink(`/lane-${lane}/${i - 1}-renamed`));
      written.set(`lane-${lane}`, i + 1);
    }
    await log.close();
  });
  const least = () => Math.min(...Array.from({ length: 8 }, (_, lane) => written.get(`lane-${lane}`) ?? 0));
  for (let i = 1; i <= 20 || least() <= 10; i++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    await driver.device.moveTo(place((i % 2) as 0 | 1));
  }
  end.abort();
  await Promise.all(lanes);
  for (const [lane, count] of written) {
    t.is(readFileSync(path.join(home, 'one', lane, 'log'), 'utf8'), Array.from({ length: count }, (_, i) => String(i).padStart(8, '0')).join(''));
    const expected = Array.from({ length: count }, (_, i) => i).filter((i) => !(i % 5 === 3 && i + 1 < count)).map((i) => (i % 3 === 0 ? `${i}-renamed` : String(i)));
    t.deepEqual(readdirSync(path.join(home, 'one', lane)).filter((name) => name !== 'log').toSorted(), expected.toSorted());
  }
});

test('a server that does not take the state leaves the guest with the old one', async (t) => {
  const { driver, place, home, servers } = await pair(t, 'handles', ['one', 'one']);
  await driver.writeFile('/file', 'some text');
  const file = await driver.open('/file', O_RDWR);
  // Somebody else has the share: its nodes have the numbers that the guest's have.
  await servers[1]!.attach('server-1', { use: 'virtiofs', options: { socket: path.join(home, 'third.sock'), tag: 'third', queues: 1, mode: 0o600, once: false, migration: 'paths' } });
  const third = await Driver.connect(path.join(home, 'third.sock'), { registry: new Registry() });
  t.teardown(() => third.close());
  await third.mount();
  await third.lookup('/file');
  await t.throwsAsync(driver.device.moveTo(place(1)), { code: 'EPROTO' });
  t.is(text(await file.read(0, 100)), 'some text');
  await t.throwsAsync(driver.device.moveTo(path.join(home, 'nowhere.sock')), { code: 'ENOENT' });
  t.is(text(await file.read(0, 100)), 'some text');
});

test('a file system that cannot be moved does not offer it', async (t) => {
  const home = directories(t);
  await serve(t, home, { mounts: [{ name: 'm', transport: { use: 'virtiofs', socket: path.join(home, 's'), tag: 'm' }, filesystem: { use: 'overlay', lower: [{ use: 'memory' }], upper: { use: 'memory' } } }] });
  const driver = await Driver.connect(path.join(home, 's'), { registry: new Registry() });
  t.teardown(() => driver.close());
  await driver.mount();
  await t.throwsAsync(driver.device.moveTo(path.join(home, 's')), { code: 'EPROTO', message: /cannot be moved/ });
  t.deepEqual(await driver.readdir('/'), []);
});

test('no bytes from elsewhere are taken for a state, or ask for much memory', async (t) => {
  const { driver, servers } = await pair(t, 'handles', ['one', 'one']);
  await driver.mkdir('/d');
  await driver.writeFile('/d/file', 'some text');
  const file = await driver.open('/d/file');
  const [mount] = servers[0]!.mounts;
  const [session] = [...mount!.sessions];
  const whole = saveSession(session!, mount!.persistence!, false)!;
  await readSession(Source.of(whole));
  await fc.assert(fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length), async (at, byte, length) => {
    const bytes = whole.slice(0, length);
    if (at < length) bytes[at] = byte;
    const saved = await readSession(Source.of(bytes)).catch((error: unknown) => {
      if (!(error instanceof Unreadable)) throw error;
    });
    if (saved) for (const node of saved.nodes.keys()) if (node > 2 ** 21 + 16 * saved.nodes.size) throw new Error(`node ${node}`);
  }), { numRuns: 2000 });
  await t.throwsAsync(readSession(Source.of(new Uint8Array(0))), { instanceOf: Unreadable });
  await t.throwsAsync(readSession(Source.of(new Uint8Array(1 << 16).fill(255))), { instanceOf: Unreadable });
  await file.close();
});

test('a front-end that never takes what it has asked for keeps nobody from the share', async (t) => {
  t.timeout(60_000);
  const { home } = await pair(t, 'handles', ['one', 'one']);
  const socket = path.join(home, '1.sock');
  const [reader, writer] = pipe();
  t.teardown(() => [reader, writer].forEach((fd) => closeSync(fd)));
  const { FrontendRequest } = protocol;
  for (const direction of [protocol.StateDirection.SAVE, protocol.StateDirection.LOAD]) {
    const frontEnd = new FrontEnd(socket);
    await frontEnd.ask(FrontendRequest.GET_FEATURES);
    const state = protocol.encodeDeviceState({ direction, phase: protocol.PHASE_STOPPED });
    t.deepEqual(await frontEnd.ask(FrontendRequest.SET_DEVICE_STATE_FD, state, [direction === protocol.StateDirection.SAVE ? writer : reader]), protocol.encodeU64(0x100));
    frontEnd.send(FrontendRequest.CHECK_DEVICE_STATE);
    frontEnd.close();
    for (let tries = 0; ; tries++) {
      const next = await Driver.connect(socket, { registry: new Registry() }).catch((error: Error) => error);
      if (!(next instanceof Error)) {
        await next.close();
        break;
      }
      if (tries > 200) throw next;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  t.pass();
});

/** Both ends of a pipe(2). */
function pipe(): [number, number] {
  const fifo = path.join(mkdtempSync(path.join(tmpdir(), 'fusewire-pipe-')), 'fifo');
  execFileSync('mkfifo', [fifo]);
  const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  return [reader, openSync(fifo, constants.O_WRONLY)];
}
