import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Opcode } from '../../core/protocol/opcode.js';
import { Chain } from '../../driver/chain.js';
import { Device, Driver, Registry } from '../../driver/index.js';
import { GuestMemory } from '../../driver/memory.js';
import { Queue, type QueueOptions } from '../../driver/queue.js';
import { native } from '../../native/index.js';
import { Feature, hasFeature } from '../../transports/virtiofs/protocol/index.js';
import { directories, serve } from '../server/kernels.js';
import { device } from '../virtiofs/guests.js';

const SIZE = 4;
const AVAILABLE = 1 << 7;
const USED = 1 << 15;
const NEXT = 1;

/** A queue whose device is the test: it reads and writes the packed ring by hand. */
class HandMadeDevice {
  readonly memory = new GuestMemory(1 << 20);
  readonly queue: Queue;
  private readonly view = new DataView(this.memory.native.buffer);
  private at = 0;
  private wrap = true;
  private used = 0;
  private usedWrap = true;

  constructor(t: ExecutionContext, options: Partial<QueueOptions> = {}) {
    this.queue = new Queue(this.memory, { size: SIZE, indirect: true, eventIndex: true, packed: true, spin: 0, ...options });
    t.teardown(() => {
      this.queue.close();
      this.memory.close();
    });
  }

  private flags(at: number): number {
    return this.view.getUint16(this.queue.layout.descriptors + 16 * at + 14, true);
  }

  /** The next chain: its buffer id and how many descriptors it takes; undefined when none is shown. */
  take(): { id: number; count: number } | undefined {
    const flags = this.flags(this.at);
    if (((flags & AVAILABLE) !== 0) !== this.wrap || ((flags & USED) !== 0) === this.wrap) return undefined;
    for (let count = 1; ; count++) {
      const more = (this.flags(this.at) & NEXT) !== 0;
      const id = this.view.getUint16(this.queue.layout.descriptors + 16 * this.at + 12, true);
      if (++this.at === SIZE) [this.at, this.wrap] = [0, !this.wrap];
      if (!more) return { id, count };
    }
  }

  use(id: number, length: number, count = 1): void {
    const at = this.queue.layout.descriptors + 16 * this.used;
    this.view.setUint32(at + 8, length, true);
    this.view.setUint16(at + 12, id, true);
    this.view.setUint16(at + 14, this.usedWrap ? AVAILABLE | USED : 0, true);
    this.used += count;
    if (this.used >= SIZE) [this.used, this.usedWrap] = [this.used - SIZE, !this.usedWrap];
  }

  /** The word in which the driver says of what it wants to hear. */
  get wish(): number {
    return this.view.getUint32(this.queue.layout.available, true);
  }

  call(): void {
    native.eventfdWrite(this.queue.call, 1);
  }
}

const chain = (): Chain => new Chain(new Uint8Array(48), 16);
const shown = (): Promise<void> => Promise.resolve();

test('chains that were used come back in any order, and the ring goes round past its end', async (t) => {
  const hand = new HandMadeDevice(t);
  for (let round = 0; round < 10; round++) {
    const sent = [hand.queue.submit(chain()), hand.queue.submit(chain()), hand.queue.submit(chain())];
    await shown();
    const taken = [hand.take()!, hand.take()!, hand.take()!];
    t.is(hand.take(), undefined);
    for (const index of [2, 0, 1]) hand.use(taken[index]!.id, index);
    hand.call();
    t.deepEqual((await Promise.all(sent)).map(({ length }) => length), [0, 1, 2]);
  }
  t.is(hand.queue.count, 0);
  t.is(hand.queue.base, 0x0002_0002, 'thirty descriptors of a ring of four: the third, in an eighth round');
});

test('without indirect tables a chain takes as many descriptors as it has parts, and gives them back at once', async (t) => {
  const hand = new HandMadeDevice(t, { indirect: false });
  for (let round = 0; round < 6; round++) {
    const sent = [hand.queue.submit(new Chain(new Uint8Array(48), 32)), hand.queue.submit(chain())];
    await shown();
    const first = hand.take()!;
    t.is(first.count, 4);
    t.is(hand.take(), undefined);
    hand.use(first.id, 16, first.count);
    hand.call();
    await sent[0];
    await shown();
    const second = hand.take()!;
    t.is(second.count, 3);
    hand.use(second.id, 16, second.count);
    hand.call();
    await sent[1];
  }
});

test('a device is told of which descriptor the driver wants to hear, or to call for all, or never', async (t) => {
  const sleeping = new HandMadeDevice(t);
  t.is(sleeping.wish, (2 << 16) | 0x8000);
  const sent = sleeping.queue.submit(chain());
  await shown();
  sleeping.use(sleeping.take()!.id, 16);
  sleeping.call();
  await sent;
  t.is(sleeping.wish, (2 << 16) | 0x8001);
  t.is(new HandMadeDevice(t, { eventIndex: false }).wish, 0);
  t.is(new HandMadeDevice(t, { spin: 5 }).wish, 1 << 16);
});

const breaches: Record<string, (hand: HandMadeDevice, id: number) => void> = {
  'an id beyond the ring': (hand) => hand.use(SIZE, 16),
  'an id far beyond the ring': (hand) => hand.use(0xffff, 16),
  'an id that is not in flight': (hand, id) => hand.use(id ^ 1, 16),
  'an id used twice': (hand, id) => {
    hand.use(id, 16);
    hand.use(id, 16);
  },
};
for (const [title, breach] of Object.entries(breaches)) {
  test(`a device that breaks a packed ring fails its requests with EIO: ${title}`, async (t) => {
    const hand = new HandMadeDevice(t);
    const sent = hand.queue.submit(chain());
    await shown();
    breach(hand, hand.take()!.id);
    hand.call();
    await t.throwsAsync(sent, { code: 'EIO' });
    await t.throwsAsync(hand.queue.submit(chain()), { code: 'EIO' });
  });
}

test('packed rings are used where both sides want them', async (t) => {
  const offered = await device(t, { use: 'memory' });
  const plain = await device(t, { use: 'memory' }, { packed: false });
  const agreed = async (socket: string, options: object): Promise<boolean> => {
    const opened = await Device.open(socket, options);
    await opened.close();
    return hasFeature(opened.negotiated.features, Feature.RING_PACKED);
  };
  t.true(await agreed(offered.socket, { packed: true }));
  t.false(await agreed(offered.socket, {}));
  t.false(await agreed(plain.socket, { packed: true }));
});

for (const indirect of [true, false]) {
  test(`packed rings are stopped and started, and go on with another server, under load: indirect ${indirect}`, async (t) => {
    const home = directories(t, 'share');
    const place = (which: number) => path.join(home, `${which}.sock`);
    for (const which of [0, 1]) {
      const transport = { use: 'virtiofs', socket: place(which), tag: 'share', migration: 'handles', packed: true, queues: 2 };
      await serve(t, home, { mounts: [{ name: `server-${which}`, transport, filesystem: { use: 'passthrough', source: path.join(home, 'share') } }] });
    }
    const driver = await Driver.connect(place(0), { registry: new Registry(), packed: true, indirect, queues: 2, queueSize: 32 });
    t.teardown(() => driver.close());
    await driver.mount();
    const end = new AbortController();
    const lanes = Array.from({ length: 6 }, async (_, lane) => {
      let count = 0;
      for (; !end.signal.aborted; count++) {
        const text = `${lane}-${count}`.padEnd(100 + ((count * 37) % 3000), '.');
        await driver.writeFile(`/${lane}`, text);
        if (Buffer.from(await driver.readFile(`/${lane}`)).toString() !== text) return -1;
      }
      return count;
    });
    for (let i = 1; i <= 10; i++) {
      await new Promise((resolve) => setTimeout(resolve, 15));
      await driver.device.suspend();
      await driver.device.resume();
      await driver.device.moveTo(place(i % 2));
    }
    end.abort();
    for (const count of await Promise.all(lanes)) t.true(count > 0);
    t.is((await driver.device.request(Opcode.STATFS, 1, undefined, 80)).error, 0);
  });
}
