import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Driver, Registry } from '../../driver/index.js';
import { start, temporary } from '../cli/run.js';

const O_RDWR = 2;
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

/** The socket of a server in a process of its own, whose descriptor 0 is /dev/null, as a service's is. */
async function server(t: ExecutionContext, home: string, name: string, filesystem: object, transport: object = {}): Promise<string> {
  const socket = path.join(home, `${name}.sock`);
  const config = path.join(home, `${name}.json`);
  writeFileSync(config, JSON.stringify({ mounts: [{ name, transport: { use: 'virtiofs', socket, tag: 'move', migration: 'handles', ...transport }, filesystem }] }));
  const { child, said, ended } = start(['serve', '-c', config]);
  t.teardown(async () => {
    child.kill();
    await ended;
  });
  await said(/serving/);
  return socket;
}

for (const use of ['passthrough', 'memory']) {
  test(`files that a guest has open are the same files in another process: ${use}`, async (t) => {
    const home = temporary(t);
    const source = path.join(home, 'share');
    mkdirSync(source);
    const filesystem = use === 'passthrough' ? { use, source } : { use };
    const [from, to] = await Promise.all(['one', 'other'].map((name) => server(t, home, name, filesystem)));
    const driver = await Driver.connect(from!, { registry: new Registry() });
    t.teardown(() => driver.close());
    await driver.mount();
    await driver.writeFile('/file', 'some text');
    const [file, closed] = [await driver.open('/file', O_RDWR), await driver.open('/file', O_RDWR)];
    await closed.close();
    await driver.device.moveTo(to!);
    t.is(text(await file.read(0, 100)), 'some text');
    await file.write(5, Buffer.from('TEXT'));
    t.is(text(await file.read(0, 100)), 'some TEXT');
    const more = await driver.open('/file', O_RDWR);
    await more.write(0, Buffer.from('SOME'));
    t.is(text(await file.read(0, 100)), 'SOME TEXT');
    await Promise.all([file.close(), more.close()]);
    t.is(text(await driver.readFile('/file')), 'SOME TEXT');
    if (use === 'passthrough') t.is(readFileSync(path.join(source, 'file'), 'utf8'), 'SOME TEXT');
  });
}

test('what was open for writing is not, where the share is for reading alone', async (t) => {
  const home = temporary(t);
  const source = path.join(home, 'share');
  mkdirSync(source);
  const from = await server(t, home, 'one', { use: 'passthrough', source });
  const to = await server(t, home, 'other', { use: 'passthrough', source, readonly: true }, { migrationOnError: 'guest-error' });
  const driver = await Driver.connect(from, { registry: new Registry() });
  t.teardown(() => driver.close());
  await driver.mount();
  await driver.writeFile('/file', 'some text');
  const [writes, reads] = [await driver.open('/file', O_RDWR), await driver.open('/file')];
  await driver.device.moveTo(to);
  await t.throwsAsync(writes.write(0, Buffer.from('x')), { code: 'EBADF' });
  t.is(text(await reads.read(0, 100)), 'some text');
  t.is(readFileSync(path.join(source, 'file'), 'utf8'), 'some text');
});
