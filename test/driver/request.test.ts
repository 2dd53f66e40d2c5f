import { chmodSync, statSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { Opcode } from '../../core/protocol/opcode.js';
import { AttrOut, EntryOut, GetattrIn, MkdirIn } from '../../core/protocol/structs.js';
import { fields, join, terminated } from '../../driver/body.js';
import { type DeviceOptions, Driver, Registry } from '../../driver/index.js';
import { peers, temporaryDirectory } from './peers.js';

const GETATTR = join(fields(GetattrIn.size_));

const variants: Record<string, DeviceOptions> = {
  'without indirect descriptors': { indirect: false },
  'without event index': { eventIndex: false },
  'with neither': { indirect: false, eventIndex: false },
  'that are packed, where the device has it': { packed: true },
  'that are packed, with neither': { packed: true, indirect: false, eventIndex: false },
  'of few entries': { queueSize: 8 },
  'that are polled': { spin: 10 },
  'as many as there are': { queues: 8 },
};

for (const peer of peers) {
  const check = (
    title: string, work: (t: ExecutionContext, driver: Driver, host: string, registry: Registry) => Promise<void>, options?: DeviceOptions,
  ): void => {
    if (peer.absent) return test.skip(`${peer.name}: ${title} (${peer.absent})`, () => {});
    test(`${peer.name}: ${title}`, async (t) => {
      const host = temporaryDirectory(t);
      const registry = new Registry();
      const driver = await Driver.connect(await peer.serve(t, host), { registry, ...options });
      t.teardown(() => driver.close());
      await driver.mount();
      await work(t, driver, host, registry);
    });
  };

  check('an errno is an answer', async (t, { device }) => {
    const { error, body } = await device.request(Opcode.LOOKUP, 1, terminated('nothing'), EntryOut.size_);
    t.is(error, 2);
    t.is(body.length, 0);
  });

  check('the caller owns what it makes', async (t, { device }, host) => {
    const caller = { uid: 1234, gid: 2345, pid: 1 };
    const body = fields(MkdirIn.size_);
    body[MkdirIn.mode >> 2] = 0o700;
    chmodSync(host, 0o777);
    const { error } = await device.request(Opcode.MKDIR, 1, join(body, terminated('dir')), EntryOut.size_, { caller });
    t.is(error, 0);
    const { uid, gid } = statSync(path.join(host, 'dir'));
    t.deepEqual([uid, gid], [1234, 2345]);
  });

  check('a request may lie in any descriptors', async (t, { device }) => {
    const whole = await device.request(Opcode.GETATTR, 1, GETATTR, AttrOut.size_);
    t.is(whole.error, 0);
    const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 12 });
    await fc.assert(fc.asyncProperty(sizes, sizes, async (readable, writable) => {
      // The C daemon wants whole headers in the first descriptors.
      const layout = { readable: [40 + (readable[0] ?? 0), ...readable], writable: [16 + (writable[0] ?? 0), ...writable] };
      const reply = await device.request(Opcode.GETATTR, 1, GETATTR, AttrOut.size_, { layout });
      return reply.error === 0 && Buffer.from(reply.body).equals(Buffer.from(whole.body));
    }));
  });

  for (const [title, options] of Object.entries(variants)) {
    check(`requests go through rings ${title}`, async (t, driver) => {
      await driver.writeFile('/file', 'x'.repeat(300_000));
      const reads = await Promise.all(Array.from({ length: 50 }, () => driver.readFile('/file')));
      t.true(reads.every((bytes) => bytes.length === 300_000 && bytes.every((byte) => byte === 120)));
      await driver.unmount();
      t.is(driver.device.inFlight, 0);
    }, options);
  }

  check('two mounts of a tag share a session, and the last unmount ends it', async (t, driver, _host, registry) => {
    const [one, two] = await Promise.all([registry.mount(driver.tag), registry.mount(driver.tag)]);
    t.is(one, two);
    t.is(driver.mounted, one);
    await registry.unmount(driver.tag);
    await driver.unmount();
    await t.throwsAsync(one.lookup(1, 'nothing'), { code: 'ENOENT' });
    await registry.unmount(driver.tag);
    t.not(await registry.mount(driver.tag), one);
    await registry.unmount(driver.tag);
  });
}
