import test from 'ava';
import { Opcode } from '../../core/protocol/opcode.js';
import { Device, Driver, Registry } from '../../driver/index.js';
import { share } from '../virtiofs/share.js';

const EINTR = 4;

test('a request is interrupted by its signal', async (t) => {
  const { socket, files } = await share(t);
  const driver = await Driver.connect(socket, { registry: new Registry() });
  t.teardown(() => driver.close());
  await driver.mount();
  const abort = new AbortController();
  const request = driver.device.request(Opcode.READLINK, 1, undefined, 4096, { signal: abort.signal });
  const other = driver.device.request(Opcode.READLINK, 1, undefined, 4096);
  await files.has(2);
  abort.abort();
  t.is((await request).error, EINTR);
  t.is(files.interrupted, 1);
  files.waiting[1]();
  t.is(Buffer.from((await other).body).toString(), 'target');
});

test('an interrupt that comes too late changes nothing', async (t) => {
  const { socket, files } = await share(t);
  const device = await Device.open(socket);
  t.teardown(() => device.close());
  const abort = new AbortController();
  const { error } = await device.request(Opcode.STATFS, 1, undefined, 80, { signal: abort.signal });
  abort.abort();
  await device.drained();
  t.is(error, 5, 'EIO: there was no INIT');
  t.is(files.interrupted, 0);
});

test('a suspended device answers nothing, and goes on with its session when it is resumed', async (t) => {
  const { socket, files } = await share(t, 3);
  const driver = await Driver.connect(socket, { registry: new Registry(), queues: 3 });
  t.teardown(() => driver.close());
  await driver.mount();
  // What is in flight is answered before the device is suspended.
  const flying = driver.device.request(Opcode.READLINK, 1, undefined, 4096, { queue: 2 });
  await files.has(1);
  const suspended = driver.device.suspend();
  files.waiting[0]();
  await suspended;
  t.is((await flying).error, 0);
  const held = [0, 1, 2, 3, 4].map((i) => driver.device.request(Opcode.STATFS, 1, undefined, 80, { queue: 1 + (i % 3) }));
  let answers = 0;
  for (const request of held) void request.then(() => answers++);
  // Two round trips over the socket: the device has had its turns.
  await driver.device.suspend();
  await driver.device.suspend();
  t.is(answers, 0);
  t.is(driver.device.inFlight, 5);
  await driver.device.resume();
  for (const { error } of await Promise.all(held)) t.is(error, 0);
  t.is(driver.device.inFlight, 0);
});
