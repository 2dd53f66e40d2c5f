import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { constants, openSync } from 'node:fs';
import { constants as os } from 'node:os';
import path from 'node:path';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import test from 'ava';
import { Doorbell } from '../../native/doorbell.js';
import { native } from '../../native/index.js';
import { READABLE, watch } from '../../native/watch.js';
import { temporaryDirectory } from '../driver/peers.js';

const doorbell = new URL('../../native/doorbell.js', import.meta.url).href;
const index = new URL('../../native/index.js', import.meta.url).href;

/** The loop has gone once around, and so heard of every bell. */
async function round(): Promise<void> {
  await turn();
  await turn();
}

// One after the other: they measure how often the loop that they share rings.

/** Ends with the code of a worker that runs `code`. */
async function worker(code: string): Promise<number> {
  const imports = `import { native } from ${JSON.stringify(index)}; import { Doorbell } from ${JSON.stringify(doorbell)};`;
  const [status] = (await once(new Worker(`${imports} ${code}`, { eval: true, execArgv: ['--input-type=module'] }), 'exit')) as [number];
  return status;
}

test.serial('an eventfd rings once each time it is signalled, though nobody reads it', async (t) => {
  const fd = native.eventfdCreate();
  t.is(native.isEventfd(fd), 1);
  native.eventfdWrite(fd, 1);
  let rings = 0;
  const bell = new Doorbell(fd, true, () => rings++);
  await round();
  t.is(rings, 1);
  for (let signal = 2; signal < 10; signal++) {
    native.eventfdWrite(fd, 1);
    await round();
    t.is(rings, signal);
  }
  bell.close();
  native.eventfdWrite(fd, 1);
  await round();
  t.is(rings, 9);
  native.closeFd(fd);
});

test.serial('what is no eventfd rings until it is read, and not while it is paused', async (t) => {
  const fd = native.eventfdCreate();
  native.eventfdWrite(fd, 1);
  let rings = 0;
  const bell = new Doorbell(fd, false, () => {
    if (++rings === 3) native.eventfdRead(fd);
  });
  bell.listen(false);
  await round();
  t.is(rings, 0);
  bell.listen(true);
  for (let i = 0; i < 5; i++) await round();
  t.is(rings, 3);
  bell.close();
  bell.close();
  native.closeFd(fd);
});

test.serial('a pipe that others read, too, does not block who hears of it', (t) => {
  const pipe = path.join(temporaryDirectory(t), 'pipe');
  t.is(spawnSync('mkfifo', [pipe]).status, 0);
  const fd = openSync(pipe, constants.O_RDWR);
  t.is(native.isEventfd(fd), 0);
  const bell = new Doorbell(fd, false, () => undefined);
  t.is(native.eventfdRead(fd), -os.errno.EAGAIN);
  bell.close();
  native.closeFd(fd);
});

test.serial('timers, immediates, watches, file operations and children have their turn beside a bell that always rings', async (t) => {
  const always = native.eventfdCreate();
  const watched = native.eventfdCreate();
  native.eventfdWrite(always, 1);
  const bell = new Doorbell(always, false, () => undefined);
  native.eventfdWrite(watched, 1);
  await new Promise<void>((resolve) => {
    const other = watch(watched, READABLE, () => {
      other.close();
      resolve();
    });
  });
  await Promise.all([delay(5), turn(), native.syncfsAsync(0)]);
  const [code] = (await once(spawn('sh', ['-c', 'exit 3']), 'exit')) as [number];
  t.is(code, 3);
  bell.close();
  native.closeFd(always);
  native.closeFd(watched);
});

test.serial('a loop that sleeps for bells wakes up for timers and signals, and for bells after a signal that nobody handles', async (t) => {
  const fd = native.eventfdCreate();
  let rings = 0;
  const bell = new Doorbell(fd, true, () => rings++);
  const started = performance.now();
  await delay(30);
  t.true(performance.now() - started >= 29);
  const signalled = once(process, 'SIGUSR2');
  process.kill(process.pid, 'SIGUSR2');
  await signalled;
  // Stopped and continued, which interrupts a wait without any event of the loop's.
  spawnSync('sh', ['-c', `kill -STOP ${process.pid}; kill -CONT ${process.pid}`]);
  setTimeout(() => native.eventfdWrite(fd, 1), 5);
  await delay(20);
  t.is(rings, 1);
  bell.close();
  native.closeFd(fd);
});

test.serial('a bell may close itself and others while it rings', async (t) => {
  const fds = [native.eventfdCreate(), native.eventfdCreate()];
  const rung: number[] = [];
  const bells = fds.map((fd, i) => new Doorbell(fd, true, () => {
    rung.push(i);
    for (const bell of bells) bell.close();
  }));
  for (const fd of fds) native.eventfdWrite(fd, 1);
  await round();
  t.is(rung.length, 1);
  for (const fd of fds) native.closeFd(fd);
});

test.serial('what cannot be watched is refused', (t) => {
  const regular = native.memfdCreate('plain', 4096);
  t.is(native.isEventfd(regular), 0);
  t.is(native.isEventfd(-1), 0);
  t.throws(() => new Doorbell(regular, false, () => undefined), { message: /cannot be watched: errno 1\./ });
  t.throws(() => new Doorbell(-1, false, () => undefined), { message: /cannot be watched: errno 9\./ });
  t.throws(() => new Doorbell(0, false, undefined as never), { message: /errno 22/ });
  native.closeFd(regular);
});

test.serial('a worker with open bells lives until they are closed, and ends cleanly with them open', async (t) => {
  t.is(await worker(`const bell = new Doorbell(native.eventfdCreate(), true, () => undefined); setTimeout(() => bell.close(), 10);`), 0);
  t.is(await worker(`for (let i = 0; i < 10; i++) new Doorbell(native.eventfdCreate(), true, () => undefined); setTimeout(() => process.exit(7), 10);`), 7);
  t.is(await worker(`const fd = native.eventfdCreate(); new Doorbell(fd, false, () => process.exit(8)); native.eventfdWrite(fd, 1);`), 8);
});
