import test from 'ava';
import fc from 'fast-check';
import { Opcode, OPCODE_LIMIT } from '../../core/protocol/opcode.js';
import { AttrOut, GetattrIn } from '../../core/protocol/structs.js';
import { fields, join } from '../../driver/body.js';
import { Driver, Registry } from '../../driver/index.js';
import { encodeRequest } from '../../driver/message.js';
import { peers, temporaryDirectory } from './peers.js';

const [own] = peers;
const caller = { uid: 0, gid: 0, pid: 1 };

/** Messages that look like requests at least in part; INIT and DESTROY change the session and are tested elsewhere. */
const message = fc.record({
  opcode: fc.integer({ min: 0, max: OPCODE_LIMIT + 2 }).filter((opcode) => opcode !== Opcode.INIT && opcode !== Opcode.DESTROY),
  unique: fc.integer({ min: 0, max: 2 ** 50 }),
  node: fc.oneof(fc.integer({ min: 0, max: 4 }), fc.maxSafeNat()),
  body: fc.uint8Array({ maxLength: 200 }),
  length: fc.option(fc.nat(2 ** 32 - 1), { freq: 5 }),
  cut: fc.option(fc.nat(60), { freq: 5 }),
}).map(({ opcode, unique, node, body, length, cut }) => {
  const bytes = encodeRequest(opcode, unique, node, body, caller);
  if (length !== null) new DataView(bytes.buffer).setUint32(0, length, true);
  return cut === null ? bytes : bytes.subarray(0, cut + 1);
});
const chain = fc.record({
  message: fc.oneof(message, fc.uint8Array({ minLength: 1, maxLength: 100 })),
  capacity: fc.oneof(fc.nat(20), fc.integer({ min: 16, max: 9_000 })),
  queue: fc.constantFrom(0, 1, 2),
  readable: fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 4 }),
  writable: fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 4 }),
});

test('whatever a guest sends comes back, within its room, and the next request is served', async (t) => {
  const host = temporaryDirectory(t);
  const driver = await Driver.connect(await own.serve(t, host), { registry: new Registry(), queues: 2 });
  t.teardown(() => driver.close());
  await driver.mount();
  await fc.assert(fc.asyncProperty(fc.array(chain, { minLength: 1, maxLength: 30 }), async (chains) => {
    const used = await Promise.all(chains.map(({ message: bytes, capacity, queue, readable, writable }) =>
      driver.device.submit(bytes, capacity, { queue, layout: { readable, writable } })));
    const { error } = await driver.device.request(Opcode.GETATTR, 1, join(fields(GetattrIn.size_)), AttrOut.size_);
    return error === 0 && used.every(({ length }, i) => length <= chains[i].capacity && (length === 0 || length >= 16));
  }), { numRuns: 200 });
  t.pass();
});
