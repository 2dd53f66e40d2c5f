import test, { type ExecutionContext } from 'ava';
import { Chain } from '../../driver/chain.js';
import { DriverError } from '../../driver/errors.js';
import { GuestMemory } from '../../driver/memory.js';
import { Queue, type QueueOptions } from '../../driver/queue.js';
import { native } from '../../native/index.js';

const SIZE = 4;

/** A queue whose device is the test: it writes the used ring by hand. */
class HandMadeDevice {
  readonly memory = new GuestMemory(1 << 20);
  readonly queue: Queue;
  readonly #view = new DataView(this.memory.native.buffer);
  #used = 0;

  constructor(t: ExecutionContext, options: Partial<QueueOptions> = {}) {
    this.queue = new Queue(this.memory, { size: SIZE, indirect: true, eventIndex: true, packed: false, spin: 0, ...options });
    t.teardown(() => {
      this.queue.close();
      this.memory.close();
    });
  }

  /** How many chains the driver has shown. */
  get available(): number {
    return this.#view.getUint16(this.queue.layout.available + 2, true);
  }

  /** The head of the `index`th chain. */
  head(index: number): number {
    return this.#view.getUint16(this.queue.layout.available + 4 + 2 * (index % SIZE), true);
  }

  use(head: number, length: number): void {
    const at = this.queue.layout.used + 4 + 8 * (this.#used % SIZE);
    this.#view.setUint32(at, head, true);
    this.#view.setUint32(at + 4, length, true);
    this.publish(this.#used + 1);
  }

  publish(index: number): void {
    this.#used = index & 0xffff;
    this.#view.setUint16(this.queue.layout.used + 2, this.#used, true);
  }

  call(): void {
    native.eventfdWrite(this.queue.call, 1);
  }
}

const chain = (): Chain => new Chain(new Uint8Array(48), 16);
const shown = (): Promise<void> => Promise.resolve();

async function fails(t: ExecutionContext, work: Promise<unknown>, code: string): Promise<void> {
  t.is((await t.throwsAsync(work, { instanceOf: DriverError }))?.code, code);
}

test('chains that were used come back in any order', async (t) => {
  const device = new HandMadeDevice(t);
  const sent = [device.queue.submit(chain()), device.queue.submit(chain()), device.queue.submit(chain())];
  await shown();
  t.is(device.available, 3);
  for (const index of [2, 0, 1]) device.use(device.head(index), index);
  device.call();
  t.deepEqual((await Promise.all(sent)).map(({ length }) => length), [0, 1, 2]);
  t.is(device.queue.count, 0);
});

test('what the ring has no room for waits, in order, and the ring goes round past its end', async (t) => {
  const device = new HandMadeDevice(t);
  const done: number[] = [];
  const sent = Array.from({ length: 100 }, async (_, i) => {
    await device.queue.submit(chain());
    done.push(i);
  });
  for (let i = 0; i < 100; i++) {
    await shown();
    t.true(device.available > i && device.available <= i + SIZE);
    device.use(device.head(i), 16);
    device.call();
    await sent[i];
  }
  t.deepEqual(done, Array.from({ length: 100 }, (_, i) => i));
  await device.queue.drained();
});

test('what the memory has no room for waits as well, and what never fits is refused', async (t) => {
  const device = new HandMadeDevice(t);
  const big = (): Chain => new Chain(new Uint8Array(48), 400 << 10);
  const sent = [device.queue.submit(big()), device.queue.submit(big()), device.queue.submit(big())];
  await shown();
  t.is(device.available, 2);
  device.use(device.head(0), 16);
  device.call();
  await sent[0];
  await shown();
  t.is(device.available, 3);
  await fails(t, device.queue.submit(new Chain(new Uint8Array(48), 600 << 10)), 'ENOMEM');
  device.use(device.head(1), 16);
  device.use(device.head(2), 16);
  device.call();
  await Promise.all(sent);
});

test('without indirect descriptors a chain takes as many entries as it has parts', async (t) => {
  const device = new HandMadeDevice(t, { indirect: false });
  const sent = [device.queue.submit(new Chain(new Uint8Array(48), 32)), device.queue.submit(chain())];
  await shown();
  t.is(device.available, 1);
  device.use(device.head(0), 16);
  device.call();
  await sent[0];
  await shown();
  t.is(device.available, 2);
  await fails(t, device.queue.submit(new Chain(new Uint8Array(48), 32, { readable: [1, 1, 1], writable: [1] })), 'EINVAL');
  device.use(device.head(1), 16);
  device.call();
  await sent[1];
});

const breaches: Record<string, (device: HandMadeDevice) => void> = {
  'an id beyond the ring': (device) => device.use(SIZE, 16),
  'an id far beyond the ring': (device) => device.use(0xffff_ffff, 16),
  'an id that is not in flight': (device) => device.use(device.head(0) ^ 1, 16),
  'an id used twice': (device) => {
    device.use(device.head(0), 16);
    device.use(device.head(0), 16);
  },
  'more used chains than there are': (device) => device.publish(3),
  'an index that runs backwards': (device) => device.publish(-1),
};
for (const [title, breach] of Object.entries(breaches)) {
  test(`a device that breaks the used ring fails its requests with EIO: ${title}`, async (t) => {
    const device = new HandMadeDevice(t);
    const sent = device.queue.submit(chain());
    await shown();
    breach(device);
    device.call();
    await fails(t, sent, 'EIO');
    await fails(t, device.queue.submit(chain()), 'EIO');
    await device.queue.drained();
  });
}

test('a device that gives the ring up fails its requests with EIO', async (t) => {
  const device = new HandMadeDevice(t);
  const sent = device.queue.submit(chain());
  native.eventfdWrite(device.queue.error, 1);
  await fails(t, sent, 'EIO');
});

test('a queue that spins needs no call', async (t) => {
  const device = new HandMadeDevice(t, { spin: 5 });
  const sent = device.queue.submit(chain());
  await shown();
  device.use(device.head(0), 16);
  t.is((await sent).length, 16);
});

test('a queue that is closed fails what is in flight', async (t) => {
  const memory = new GuestMemory(1 << 20);
  const queue = new Queue(memory, { size: SIZE, indirect: true, eventIndex: true, packed: false, spin: 0 });
  const sent = queue.submit(chain());
  queue.close();
  memory.close();
  await fails(t, sent, 'ENOTCONN');
  await fails(t, queue.submit(chain()), 'ENOTCONN');
  t.is(memory.bytes.length, 0);
});
