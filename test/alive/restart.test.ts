import { chmodSync, constants, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { Opcode } from '../../core/protocol/opcode.js';
import { Driver, type DriverOptions, Registry } from '../../driver/index.js';
import { Feature, hasFeature } from '../../transports/virtiofs/protocol/index.js';
import { temporaryDirectory } from '../driver/peers.js';
import { kill } from './kill.js';
import { type MortalOptions, MortalServer } from './server.js';

const { O_APPEND, O_CREAT, O_EXCL, O_RDWR, O_WRONLY } = constants;

interface Scene {
  readonly server: MortalServer;
  readonly driver: Driver;
  readonly source: string;
}

async function scene(t: ExecutionContext, prepare: (source: string) => void = () => {}, options: MortalOptions = {}, driverOptions: DriverOptions = {}): Promise<Scene> {
  const place = temporaryDirectory(t);
  const source = path.join(place, 'source');
  mkdirSync(source);
  prepare(source);
  const server = new MortalServer(place, source, options);
  t.teardown(() => server.close());
  await server.start();
  const driver = await Driver.connect(server.socket, { registry: new Registry(), reconnect: 60, ...driverOptions });
  t.teardown(() => driver.close());
  await driver.mount();
  return { server, driver, source };
}

for (const fileHandles of [true, false]) {
  test.serial(`open files, nodes and directories go on after a kill, ${fileHandles ? 'by file handle' : 'by path'}`, async (t) => {
    const { server, driver, source } = await scene(t, (directory) => {
      mkdirSync(path.join(directory, 'sub'));
      for (let i = 0; i < 40; i++) writeFileSync(path.join(directory, 'sub', `name-${i}`), `${i}`);
    }, { filesystem: { fileHandles } });
    const file = await driver.open('/sub/name-1', O_RDWR);
    const made = await driver.open('/sub/made', O_RDWR | O_CREAT | O_EXCL);
    const entry = await driver.lookup('/sub/name-2');
    await driver.rename('/sub/name-2', '/moved');
    await server.kill();
    const reading = file.read(0, 10);
    await server.start();
    t.is(Buffer.from(await reading).toString(), '1');
    await made.write(0, Buffer.from('after'));
    await made.close();
    await file.close();
    const [ino] = [lstatSync(path.join(source, 'moved')).ino];
    t.is(entry.stats!.ino, ino);
    t.is((await driver.stat('/moved')).ino, ino);
    t.is(readFileSync(path.join(source, 'sub/made'), 'utf8'), 'after');
    t.is((await driver.readdir('/sub')).length, 40);
    entry.release();
    await driver.unmount();
    t.is(driver.device.reconnects, 1);
  });
}

test.serial('a server that ends by SIGTERM leaves its guest to the next one', async (t) => {
  const { server, driver, source } = await scene(t);
  const file = await driver.open('/file', O_WRONLY | O_CREAT);
  await server.stop();
  const writing = file.write(0, Buffer.from('kept'));
  await server.start();
  await writing;
  await file.close();
  t.is(readFileSync(path.join(source, 'file'), 'utf8'), 'kept');
});

test.serial('a driver that begins anew does not get what another one left', async (t) => {
  const { server, driver, source } = await scene(t, (directory) => writeFileSync(path.join(directory, 'file'), ''));
  await driver.open('/file');
  await server.kill();
  await driver.close();
  await server.start();
  const other = await Driver.connect(server.socket, { registry: new Registry(), reconnect: 60 });
  t.teardown(() => other.close());
  const { error } = await other.device.request(Opcode.GETATTR, 1);
  t.is(error, 5, 'EIO: there was no INIT');
  await other.mount();
  t.deepEqual(await other.readdir('/'), readdirSync(source));
});

interface Single {
  readonly opcode: string;
  prepare?(source: string): void;
  run(driver: Driver): Promise<unknown>;
  /** What the host shows afterwards. */
  holds(source: string): boolean;
}

const at = (source: string, name: string): string => path.join(source, name);
const make = (source: string): void => writeFileSync(at(source, 'old'), 'text');

/** Requests that would fail, or do harm, when they are done twice. */
const singles: readonly Single[] = [
  { opcode: 'CREATE', run: async (driver) => (await driver.open('/new', O_WRONLY | O_CREAT | O_EXCL, 0o640)).close(), holds: (source) => (lstatSync(at(source, 'new')).mode & 0o777) === 0o640 },
  { opcode: 'MKDIR', run: (driver) => driver.mkdir('/new', 0o750), holds: (source) => lstatSync(at(source, 'new')).isDirectory() },
  { opcode: 'MKNOD', run: (driver) => driver.mknod('/new', 0o010600), holds: (source) => lstatSync(at(source, 'new')).isFIFO() },
  { opcode: 'SYMLINK', run: (driver) => driver.symlink('target', '/new'), holds: (source) => lstatSync(at(source, 'new')).isSymbolicLink() },
  { opcode: 'LINK', prepare: make, run: (driver) => driver.link('/old', '/new'), holds: (source) => lstatSync(at(source, 'old')).nlink === 2 },
  { opcode: 'UNLINK', prepare: make, run: (driver) => driver.unlink('/old'), holds: (source) => !existsSync(at(source, 'old')) },
  { opcode: 'RMDIR', prepare: (source) => mkdirSync(at(source, 'old')), run: (driver) => driver.rmdir('/old'), holds: (source) => !existsSync(at(source, 'old')) },
  { opcode: 'RENAME2', prepare: make, run: (driver) => driver.rename('/old', '/new'), holds: (source) => !existsSync(at(source, 'old')) && readFileSync(at(source, 'new'), 'utf8') === 'text' },
  {
    opcode: 'RENAME2',
    prepare: (source) => {
      make(source);
      symlinkSync('x', at(source, 'new'));
    },
    run: (driver) => driver.rename('/old', '/new', 2),
    holds: (source) => lstatSync(at(source, 'old')).isSymbolicLink() && lstatSync(at(source, 'new')).isFile(),
  },
  {
    opcode: 'WRITE',
    prepare: make,
    run: async (driver) => {
      const file = await driver.open('/old', O_WRONLY | O_APPEND);
      await file.write(0, Buffer.from('+more'));
      await file.close();
    },
    holds: (source) => readFileSync(at(source, 'old'), 'utf8') === 'text+more',
  },
  { opcode: 'SETXATTR', prepare: make, run: (driver) => driver.setxattr('/old', 'user.name', Buffer.from('value'), 1), holds: () => true },
  {
    opcode: 'REMOVEXATTR',
    prepare: make,
    run: async (driver) => {
      await driver.setxattr('/old', 'user.name', Buffer.from('value'));
      await driver.removexattr('/old', 'user.name');
    },
    holds: () => true,
  },
  { opcode: 'SETATTR', prepare: (source) => { make(source); chmodSync(at(source, 'old'), 0o600); }, run: (driver) => driver.chmod('/old', 0o644), holds: (source) => (lstatSync(at(source, 'old')).mode & 0o777) === 0o644 },
  { opcode: 'LOOKUP', prepare: make, run: (driver) => driver.stat('/old'), holds: () => true },
  { opcode: 'OPEN', prepare: make, run: (driver) => driver.readFile('/old'), holds: () => true },
];

for (const packed of [false, true]) {
  const rings = packed ? 'packed rings' : 'split rings';

  test.serial(`a request happens once, whether the server dies before it has done it or after: ${rings}`, async (t) => {
    const plan = path.join(temporaryDirectory(t), 'plan');
    const { server, driver, source } = await scene(t, undefined, { filesystem: { use: 'dying', plan }, transport: { packed } }, { packed });
    t.is(hasFeature(driver.device.negotiated.features, Feature.RING_PACKED), packed);
    for (const [i, single] of singles.entries()) {
      for (const when of ['before', 'after']) {
        const what = `${i}: ${single.opcode}, ${when}`;
        for (const name of readdirSync(source)) rmSync(at(source, name), { recursive: true });
        single.prepare?.(source);
        const { ended } = server;
        writeFileSync(plan, `${single.opcode} ${when}`);
        const running = single.run(driver).catch((error: unknown) => t.fail(`${what}: ${error}`));
        await ended;
        await server.start();
        await running;
        t.true(single.holds(source), what);
        // The answer may come while other rings are still being set up.
        while (driver.device.reconnects < 2 * i + (when === 'before' ? 1 : 2)) await delay(1);
      }
    }
    await driver.unmount();
    t.is(driver.device.reconnects, 2 * singles.length);
  });

  test.serial(`what is written while the server is killed again and again is there once: ${rings}`, async (t) => {
    const { files, kills, faults } = await kill({ files: 150, kills: 3, life: 40, seed: 7, packed });
    t.deepEqual(faults, []);
    t.deepEqual({ files, kills }, { files: 150, kills: 3 });
  });
}
