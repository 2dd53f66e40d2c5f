import { constants, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { constants as os } from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { LkIn } from '../../core/protocol/structs.js';
import { putU64 } from '../../core/protocol/words.js';
import { fields, join } from '../../driver/body.js';
import { type Driver, type DriverError, type Entry, type OpenFile } from '../../driver/index.js';
import { LockType, Opcode } from '../../index.js';
import { Descriptors } from '../../core/limits/descriptors.js';
import { directories, guest, serve } from './kernels.js';

const { O_CREAT, O_EXCL, O_RDWR } = constants;
const FILES = 30;

async function scene(t: ExecutionContext, limits: object, mount: object = {}) {
  const directory = directories(t, 'share');
  for (let i = 0; i < FILES; i++) writeFileSync(path.join(directory, 'share', `file-${i}`), `${i}`);
  const server = await serve(t, directory, {
    mounts: [{
      name: 'share', limits,
      transport: ['a', 'b'].map((name) => ({ use: 'virtiofs', socket: name, tag: name })),
      filesystem: { use: 'passthrough', source: 'share' }, ...mount,
    }],
  });
  const [a, b] = await Promise.all(['a', 'b'].map((name) => guest(t, path.join(directory, name))));
  return { server, a: a!, b: b!, source: path.join(directory, 'share') };
}

/** How many of these succeed before one fails, and with which errno. */
async function until(one: (i: number) => Promise<unknown>): Promise<[count: number, error: number]> {
  for (let i = 0; ; i++) {
    try {
      await one(i);
    } catch (error) {
      return [i, (error as DriverError).errno];
    }
  }
}

/** An fcntl(2) lock on the bytes from `start` to `end`. */
async function lock(driver: Driver, file: OpenFile, start: number, end: number, type: LockType = LockType.WRITE): Promise<void> {
  const body = fields(LkIn.size_);
  putU64(body, LkIn.fh >> 2, file.handle);
  body[LkIn.owner >> 2] = 1;
  putU64(body, LkIn.lk >> 2, start);
  putU64(body, (LkIn.lk >> 2) + 2, end);
  body[(LkIn.lk >> 2) + 4] = type;
  await driver.mounted!.call(Opcode.SETLK, file.node, join(body), 0);
}

for (const shortcuts of [true, false]) {
  test(`a guest that knows as many nodes as it may gets no other, until it forgets one; shortcuts ${shortcuts}`, async (t) => {
    const { server, a, b, source } = await scene(t, { nodes: 20 }, { shortcuts });
    const entries: Entry[] = [];
    const [known, error] = await until(async (i) => entries.push(await a.lookup(`/file-${i}`)));
    t.deepEqual([known, error], [20, os.errno.ENOMEM]);
    t.is((await a.stat('/file-3')).size, 1, 'what it knows it may look up again');
    t.deepEqual((await a.readdirEntries('/', { plus: true })).length, FILES, 'a listing has all names');
    await t.throwsAsync(a.mkdir('/dir'), { message: /ENOMEM/ });
    t.false(existsSync(path.join(source, 'dir')));
    entries.pop()!.release();
    await a.device.drained();
    t.is((await a.lookup('/file-29')).stats!.size, 2);
    for (let i = 0; i < 20; i++) t.is((await b.stat(`/file-${i}`)).size, `${i}`.length, 'the other guest');
    const [stats] = server.stats();
    t.true(stats!.refused.nodes >= 3);
    t.deepEqual(stats!.sessions.map(({ nodes }) => nodes)[0], 20);
  });
}

test('a guest that has as many files open as it may opens and makes no other', async (t) => {
  const { server, a, b, source } = await scene(t, { handles: 5 });
  const open: OpenFile[] = [];
  t.deepEqual(await until(async (i) => open.push(await a.open(`/file-${i}`))), [5, os.errno.ENFILE]);
  await t.throwsAsync(a.readdir('/'), { message: /ENFILE/ });
  await t.throwsAsync(a.open('/new', O_RDWR | O_CREAT | O_EXCL), { message: /ENFILE/ });
  t.false(existsSync(path.join(source, 'new')));
  t.deepEqual((await b.readdir('/')).length, FILES);
  await open.pop()!.close();
  await (await a.open('/new', O_RDWR | O_CREAT | O_EXCL)).close();
  t.true(readdirSync(source).includes('new'));
  t.is(server.stats()[0]!.refused.handles, 3);
});

test('a guest that holds as many locks as it may gets no other, and cuts none in two', async (t) => {
  const { server, a, b } = await scene(t, { locks: 10 });
  const file = await a.open('/file-1', O_RDWR);
  t.deepEqual(await until((i) => lock(a, file, 10 * i, 10 * i + 4)), [10, os.errno.ENOLCK]);
  await t.throwsAsync(lock(a, file, 1, 1, LockType.UNLOCK), { message: /ENOLCK/ });
  const other = await b.open('/file-1', O_RDWR);
  await lock(b, other, 1000, 1000);
  await lock(a, file, 0, 4, LockType.UNLOCK);
  await lock(a, file, 200, 204);
  const [stats] = server.stats();
  t.deepEqual(stats!.sessions.map(({ locks }) => locks), [10, 1]);
  t.is(stats!.refused.locks, 2);
  await file.close();
  t.is(server.stats()[0]!.sessions[0]!.locks, 0);
});

test('of requests no more are under way than allowed, and none is lost', async (t) => {
  const { a } = await scene(t, { requests: 16 });
  const sizes = await Promise.all(Array.from({ length: 300 }, (_, i) => a.stat(`/file-${i % FILES}`)));
  t.is(sizes.length, 300);
});

test('file descriptors are shared out so that there are some left for others', (t) => {
  const descriptors = new Descriptors(114);
  const held = [0, 0, 0];
  for (const session of held.keys()) {
    for (; descriptors.allows(held[session]!); held[session]!++) descriptors.take();
  }
  t.deepEqual(held, [88, 11, 1]);
  for (; held[0]! > 0; held[0]!--) descriptors.give();
  t.true(descriptors.allows(held[1]!));
});
