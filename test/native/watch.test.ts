import { constants } from 'node:os';
import { Worker } from 'node:worker_threads';
import test from 'ava';
import { native } from '../../native/index.js';
import { READABLE, watch, WRITABLE } from '../../native/watch.js';

const { EAGAIN, EBADF } = constants.errno;

test('an eventfd counts what was written until it is read', (t) => {
  const fd = native.eventfdCreate();
  t.is(native.eventfdRead(fd), -EAGAIN);
  t.is(native.eventfdWrite(fd, 2), 0);
  t.is(native.eventfdWrite(fd, 3), 0);
  t.is(native.eventfdRead(fd), 5);
  t.is(native.eventfdRead(fd), -EAGAIN);
  t.is(native.closeFd(fd), 0);
  t.is(native.eventfdWrite(fd, 1), -EBADF);
});

test('a watched fd calls back when it is ready, with the events it was watched for', async (t) => {
  const fd = native.eventfdCreate();
  t.is(await new Promise((resolve) => {
    const handle = watch(fd, WRITABLE, (events) => {
      handle.close();
      resolve(events);
    });
  }), WRITABLE);
  native.eventfdWrite(fd, 1);
  t.is(await new Promise((resolve) => {
    const handle = watch(fd, READABLE, (events) => {
      handle.close();
      handle.close();
      resolve(events);
    });
  }), READABLE);
  native.closeFd(fd);
});

test('a paused watch stays silent until it listens again', async (t) => {
  const paused = native.eventfdCreate();
  const other = native.eventfdCreate();
  native.eventfdWrite(paused, 1);
  native.eventfdWrite(other, 1);
  const calls: string[] = [];
  await new Promise<void>((resolve) => {
    const first = watch(paused, READABLE, () => {
      calls.push('paused');
      first.close();
      resolve();
    });
    first.listen(0);
    let turns = 0;
    const second = watch(other, READABLE, () => {
      calls.push('other');
      if (++turns < 3) return;
      second.close();
      first.listen(READABLE);
    });
  });
  t.deepEqual(calls, ['other', 'other', 'other', 'paused']);
  native.closeFd(paused);
  native.closeFd(other);
});

test('what cannot be watched is refused', (t) => {
  const regular = native.memfdCreate('plain', 4096);
  t.throws(() => watch(regular, READABLE, () => undefined), { message: /cannot be watched: errno 1\./ });
  t.throws(() => watch(-1, READABLE, () => undefined), { message: /cannot be watched/ });
  t.throws(() => watch(0, READABLE, undefined as never), { message: /errno 22/ });
  native.closeFd(regular);
});

test('a worker that ends with open watches ends cleanly', async (t) => {
  const index = new URL('../../native/index.js', import.meta.url).href;
  const watching = new URL('../../native/watch.js', import.meta.url).href;
  const worker = new Worker(`
    import { native } from ${JSON.stringify(index)};
    import { READABLE, watch } from ${JSON.stringify(watching)};
    import { parentPort } from 'node:worker_threads';
    for (let i = 0; i < 10; i++) watch(native.eventfdCreate(), READABLE, () => undefined);
    const fd = native.eventfdCreate();
    native.eventfdWrite(fd, 1);
    watch(fd, READABLE, () => process.exit(7));
  `, { eval: true, execArgv: ['--input-type=module'] });
  t.is(await new Promise((resolve, reject) => {
    worker.on('error', reject);
    worker.on('exit', resolve);
  }), 7);
});

test('an unreferenced watch does not keep a worker alive', async (t) => {
  const index = new URL('../../native/index.js', import.meta.url).href;
  const watching = new URL('../../native/watch.js', import.meta.url).href;
  const worker = new Worker(`
    import { native } from ${JSON.stringify(index)};
    import { READABLE, watch } from ${JSON.stringify(watching)};
    watch(native.eventfdCreate(), READABLE, () => undefined).unref();
  `, { eval: true, execArgv: ['--input-type=module'] });
  t.is(await new Promise((resolve, reject) => {
    worker.on('error', reject);
    worker.on('exit', resolve);
  }), 0);
});
