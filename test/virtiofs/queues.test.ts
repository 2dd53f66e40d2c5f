import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { Opcode } from '../../core/protocol/opcode.js';
import { GetattrIn, AttrOut, WriteIn, WriteOut } from '../../core/protocol/structs.js';
import { putU64 } from '../../core/protocol/words.js';
import { fields, join } from '../../driver/body.js';
import type { ChainLayout } from '../../driver/chain.js';
import type { Driver, OpenFile } from '../../driver/index.js';
import { temporaryDirectory } from '../driver/peers.js';
import { device, mounted, ringKinds } from './guests.js';

const memory = { use: 'memory', mode: '755' };
const { O_RDWR, O_CREAT } = constants;
const QUEUES = 63;

/** One WRITE through the queue; the number of bytes taken. */
async function write(driver: Driver, file: OpenFile, queue: number, data: Uint8Array, layout?: ChainLayout): Promise<number> {
  const body = fields(WriteIn.size_);
  putU64(body, WriteIn.fh >> 2, file.handle);
  body[WriteIn.size >> 2] = data.length;
  const { error, body: answer } = await driver.device.request(Opcode.WRITE, file.node, join(body, data), WriteOut.size_, { queue, layout });
  if (error !== 0) throw new Error(`WRITE: ${error}`);
  return new DataView(answer.buffer, answer.byteOffset).getUint32(0, true);
}

for (const [kind, options] of ringKinds) {
  test(`63 request queues are all served, each in its own order, a request of any file by any queue: ${kind}`, async (t) => {
    const { socket } = await device(t, memory, { queues: QUEUES });
    const driver = await mounted(t, socket, { queues: QUEUES, queueSize: 64, ...options });
    t.is(driver.device.requestQueues, QUEUES);
    const files = await Promise.all(Array.from({ length: QUEUES }, (_, i) => driver.open(`/${i}`, O_RDWR | O_CREAT)));
    // All at once: of what one queue writes to one place the last has to stay.
    const last = 40;
    await Promise.all(files.flatMap((file, i) => Array.from({ length: last + 1 }, (_, k) => write(driver, file, i + 1, Uint8Array.of(i, k)))));
    for (const [i, file] of files.entries()) t.deepEqual([...await file.read(0, 10)], [i, last]);
    await Promise.all(files.map((file) => file.close()));
    await driver.device.drained();
    t.is(driver.device.inFlight, 0);
  });
}

test('a device has as many queues as its config says, and a driver takes no more', async (t) => {
  const { socket } = await device(t, memory, { queues: 5 });
  t.is((await mounted(t, socket, { queues: QUEUES })).device.requestQueues, 5);
  await t.throwsAsync(device(t, memory, { queues: 64 }), { message: /queues: must be at most 63, not 64/ });
  await t.throwsAsync(device(t, memory, { queues: 0 }), { message: /queues: must be at least 1, not 0/ });
});

for (const [kind, options] of ringKinds) {
  for (const queueSize of [4, 1024, 32768]) {
    if (queueSize === 4 && options.indirect === false) continue;
    test(`rings of ${queueSize} entries are gone round several times, full: ${kind}`, async (t) => {
      const { socket } = await device(t, memory);
      const driver = await mounted(t, socket, { queueSize, memory: 256 << 20, ...options });
      const body = join(fields(GetattrIn.size_));
      let done = 0;
      for (const count of [Math.min(queueSize + 100, 8000), 300, 3]) {
        const replies = await Promise.all(Array.from({ length: count }, () => driver.device.request(Opcode.GETATTR, 1, body, AttrOut.size_, { queue: 1 })));
        done += replies.filter(({ error, body: answer }) => error === 0 && answer.length === AttrOut.size_).length;
      }
      t.is(done, Math.min(queueSize + 100, 8000) + 303);
    });
  }

  test(`requests of 1 MiB, in pages and in one piece: ${kind}`, async (t) => {
    const { socket } = await device(t, memory);
    const driver = await mounted(t, socket, { queueSize: 1024, ...options });
    t.is(driver.mounted!.init.maxWrite, 1 << 20);
    const file = await driver.open('/file', O_RDWR | O_CREAT);
    const data = Uint8Array.from({ length: 1 << 20 }, (_, i) => (i * 7) ^ (i >> 8));
    for (const readable of [[40, WriteIn.size_, ...Array<number>(256).fill(4096)], [40]]) {
      t.is(await write(driver, file, 1, data, { readable, writable: [16] }), data.length);
      t.deepEqual(Buffer.compare(await file.read(0, data.length), data), 0);
      await file.truncate(0);
    }
    await file.close();
  });
}

async function otherProcess(t: { teardown(end: () => Promise<unknown>): void }, socket: string, directory: string): Promise<ChildProcess> {
  const server = fork(path.join(import.meta.dirname, '..', 'driver', 'server-process.js'), [socket, directory], { execArgv: ['--expose-gc'] });
  const ended = once(server, 'exit');
  t.teardown(async () => {
    server.disconnect();
    await ended;
  });
  await once(server, 'message');
  return server;
}

for (const [what, opcode, size] of [['requests that native code answers', Opcode.GETATTR, AttrOut.size_], ['requests that the file system answers', Opcode.STATFS, 80]] as const) {
  test(`the hiprio queue is served behind a full request queue: ${what}`, async (t) => {
    const directory = temporaryDirectory(t);
    const socket = path.join(temporaryDirectory(t), 'socket');
    await otherProcess(t, socket, directory);
    const driver = await mounted(t, socket, { queueSize: 256 });
    const body = opcode === Opcode.GETATTR ? join(fields(GetattrIn.size_)) : undefined;
    const over = new AbortController();
    let answered = 0;
    // The queue is never empty, and every answer is followed by a request.
    const flood = Array.from({ length: 400 }, async () => {
      while (!over.signal.aborted) {
        await driver.device.request(opcode, 1, body, size);
        answered++;
      }
    });
    await driver.writeFile('/file', '');
    const waited: number[] = [];
    for (let i = 0; i < 100; i++) {
      const entry = await driver.lookup('/file');
      const before = answered;
      await driver.device.forget(entry.node, 1);
      waited.push(answered - before);
    }
    over.abort();
    await Promise.all(flood);
    t.true(answered > 100 * 10, `${answered}`);
    // 64 turns of the queue, each of which answers a batch of 32 at most or 200 us of what needs no decision.
    t.true(Math.max(...waited) < 20_000, `${Math.max(...waited)} answers while one FORGET waited`);
  });
}
