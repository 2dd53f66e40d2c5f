import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Overlay } from '../../plugins/overlay/overlay.js';
import { directories, guest, serve } from '../server/kernels.js';

/** How often the overlay itself was asked to read. */
let reads = 0;
const { read } = Overlay.prototype;
Overlay.prototype.read = function (request) {
  reads++;
  return read.call(this, request);
};

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

async function overlay(t: ExecutionContext, more: object = {}) {
  const home = directories(t, 'lower', 'upper');
  mkdirSync(path.join(home, 'lower', 'd'));
  for (const name of ['one', 'd/two']) writeFileSync(path.join(home, 'lower', name), `lower ${name}`);
  const share = (source: string): object => ({ use: 'passthrough', source: path.join(home, source) });
  const filesystem = { use: 'overlay', upper: share('upper'), lower: [share('lower')], ...more };
  await serve(t, home, { mounts: [{ name: 'o', transport: { use: 'virtiofs', socket: path.join(home, 's'), tag: 'o' }, filesystem }] });
  return guest(t, path.join(home, 's'));
}

for (const [title, more] of [['', {}], [' with metacopy', { metacopy: true }]] as const) {
  test.serial(`reading a lower file asks the overlay for nothing, before and after it was copied up${title}`, async (t) => {
    const driver = await overlay(t, more);
    reads = 0;
    const before = await driver.open('/d/two');
    for (let i = 0; i < 5; i++) t.is(text(await before.read(0, 20)), 'lower d/two');
    t.is(reads, 0);
    await driver.chmod('/d/two', 0o600);
    t.is(text(await before.read(0, 20)), 'lower d/two');
    const writer = await driver.open('/d/two', 2);
    await writer.write(0, Buffer.from('UPPER'));
    t.is(text(await before.read(0, 20)), 'UPPER d/two');
    await writer.close();
    t.is(text(await before.read(0, 20)), 'UPPER d/two');
    t.is(reads, 0);
    await before.close();
    const after = await driver.open('/d/two');
    t.is(text(await after.read(0, 20)), 'UPPER d/two');
    await after.close();
    t.is(reads, 0);
  });
}

test.serial('a layer that looks at data still sees every read', async (t) => {
  const driver = await overlay(t, { layers: [{ use: 'faults', rules: [{ operations: ['read'], nth: 2, error: 'EIO' }] }] });
  reads = 0;
  const file = await driver.open('/one');
  t.is(text(await file.read(0, 20)), 'lower one');
  await t.throwsAsync(file.read(0, 20), { code: 'EIO' });
  t.is(text(await file.read(0, 20)), 'lower one');
  t.is(reads, 2);
});

test.serial('an overlay on an overlay follows the copy that the inner one makes', async (t) => {
  const home = directories(t, 'lower', 'middle', 'upper');
  writeFileSync(path.join(home, 'lower', 'one'), 'lower one');
  const share = (source: string): object => ({ use: 'passthrough', source: path.join(home, source) });
  const inner = { use: 'overlay', upper: share('middle'), lower: [share('lower')] };
  await serve(t, home, { mounts: [{ name: 'o', transport: { use: 'virtiofs', socket: path.join(home, 's'), tag: 'o' }, filesystem: { use: 'overlay', upper: share('upper'), lower: [inner] } }] });
  const driver = await guest(t, path.join(home, 's'));
  const reader = await driver.open('/one');
  t.is(text(await reader.read(0, 20)), 'lower one');
  await driver.writeFile('/one', 'UPPER one');
  t.is(text(await reader.read(0, 20)), 'UPPER one');
});
