import test, { type ExecutionContext } from 'ava';
import { Opcode } from '../../core/protocol/opcode.js';
import { Device, Driver, DriverError, type DriverOptions, Registry } from '../../driver/index.js';
import { Feature, featureSet, FrontendRequest, ProtocolFeature } from '../../transports/virtiofs/protocol/index.js';
import { BackEnd, type BackEndOptions } from './back-end.js';

async function connect(t: ExecutionContext, options?: BackEndOptions, driverOptions: DriverOptions = {}): Promise<{ driver: Driver; backEnd: BackEnd }> {
  const backEnd = new BackEnd(t, options);
  const driver = await Driver.connect(backEnd.socket, { registry: new Registry(), ...driverOptions });
  t.teardown(() => driver.close());
  return { driver, backEnd };
}

async function fails(t: ExecutionContext, work: Promise<unknown>, code: string): Promise<void> {
  const error = await t.throwsAsync(work, { instanceOf: DriverError });
  t.is(error?.code, code, error?.message);
}

test('the tag and the number of queues come from the device', async (t) => {
  const { driver } = await connect(t, { tag: 'of-the-device', rings: 4 }, { tag: 'mine', queues: 8 });
  t.is(driver.tag, 'of-the-device');
  t.is(driver.device.requestQueues, 3);
});

test('a device without config space has the tag that the caller gives, or its socket for one', async (t) => {
  const bare = { protocolFeatures: 0n };
  const named = await connect(t, bare, { tag: 'mine' });
  t.is(named.driver.tag, 'mine');
  const unnamed = await connect(t, bare);
  t.is(unnamed.driver.tag, unnamed.backEnd.socket);
});

test('an empty tag is EINVAL', async (t) => {
  await fails(t, connect(t, { tag: '' }), 'EINVAL');
});

test('a device without request queues is EINVAL, a legacy device EPROTO', async (t) => {
  await fails(t, connect(t, { rings: 1 }), 'EINVAL');
  await fails(t, connect(t, { features: featureSet(Feature.PROTOCOL_FEATURES) }), 'EPROTO');
});

test('a device that refuses a message is EPROTO', async (t) => {
  await fails(t, connect(t, { refused: [FrontendRequest.SET_VRING_ADDR] }), 'EPROTO');
});

test('nobody at the socket is ECONNREFUSED or ENOENT', async (t) => {
  const backEnd = new BackEnd(t);
  backEnd.stop();
  await fails(t, Device.open(backEnd.socket), 'ECONNREFUSED');
  await fails(t, Device.open(`${backEnd.socket}x`), 'ENOENT');
});

test('memory goes region by region to a device with slots, as a table to others', async (t) => {
  const slots = await connect(t);
  t.true(slots.backEnd.heard.includes(FrontendRequest.ADD_MEM_REG));
  t.false(slots.backEnd.heard.includes(FrontendRequest.SET_MEM_TABLE));
  const table = await connect(t, { protocolFeatures: featureSet(ProtocolFeature.REPLY_ACK) });
  t.true(table.backEnd.heard.includes(FrontendRequest.SET_MEM_TABLE));
});

test('rings of a device without protocol features are not enabled one by one', async (t) => {
  const { backEnd } = await connect(t, { features: featureSet(Feature.VERSION_1) });
  t.false(backEnd.heard.includes(FrontendRequest.SET_VRING_ENABLE));
});

test('a second device with a known tag is EEXIST; another guest may have it, and so may a later one', async (t) => {
  const registry = new Registry();
  const { driver } = await connect(t, { tag: 'same' }, { registry });
  await fails(t, connect(t, { tag: 'same' }, { registry }), 'EEXIST');
  await connect(t, { tag: 'same' });
  await driver.close();
  await t.notThrowsAsync(connect(t, { tag: 'same' }, { registry }));
});

test('an unknown tag cannot be mounted: EINVAL', async (t) => {
  await fails(t, new Registry().mount('unknown'), 'EINVAL');
  await fails(t, new Registry().unmount('unknown'), 'EINVAL');
});

test('a device that goes away fails what is in flight and what comes after with ENOTCONN', async (t) => {
  const { driver, backEnd } = await connect(t);
  const lost = new Promise<DriverError>((resolve) => {
    driver.device.onLost = resolve;
  });
  const mounting = driver.mount();
  const request = driver.device.request(Opcode.GETATTR, 1);
  const asserted = Promise.all([fails(t, mounting, 'ENOTCONN'), fails(t, request, 'ENOTCONN')]);
  backEnd.stop();
  await lost;
  await asserted;
  await fails(t, driver.device.request(Opcode.GETATTR, 1), 'ENOTCONN');
  t.is(driver.device.inFlight, 0);
});

test('closing does not wait for a device that does not answer', async (t) => {
  const { driver, backEnd } = await connect(t);
  const request = fails(t, driver.device.request(Opcode.GETATTR, 1), 'ENOTCONN');
  await driver.close();
  await request;
  t.false(backEnd.heard.includes(FrontendRequest.GET_VRING_BASE));
});

test('options that no device can serve are EINVAL before anything is sent', async (t) => {
  const backEnd = new BackEnd(t);
  const wrong = [{ queues: 0 }, { queueSize: 3 }, { queueSize: 65_536 }, { memory: 5_000 }, { memory: 2 ** 32 }];
  for (const options of wrong) await fails(t, Device.open(backEnd.socket, options), 'EINVAL');
  t.deepEqual(backEnd.heard, []);
});

test('a queue out of range is EINVAL', async (t) => {
  const { driver } = await connect(t);
  await fails(t, driver.device.submit(new Uint8Array(1), 0, { queue: 2 }), 'EINVAL');
});
