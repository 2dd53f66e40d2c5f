import { type Mix, mixSteps } from '../../cli/driver/mix.js';
import { Driver, Registry } from '../../driver/index.js';
import { Random } from '../fuzz/random.js';
import { Guest } from '../virtiofs/front-end.js';
import { Ring } from '../virtiofs/ring.js';

// A guest in a process of its own: arguments are its part and a socket. Told for how many seconds, it plays its part, and
// then says how often it did it: requests that were answered, or queues that were broken.
const [part, socket] = process.argv.slice(2) as [keyof typeof parts, string];
const BLOCK = 128 * 1024;
type Play = (seconds: number) => number | Promise<number>;

/** Sends requests about one large file from native code, `lanes` at once. */
async function requests(mix: Mix, lanes: number): Promise<Play> {
  const driver = await Driver.connect(socket, { registry: new Registry(), queueSize: 1024, memory: 128 << 20 });
  await driver.mount();
  const file = await driver.open('/large');
  const { size } = await file.stat();
  const steps = mixSteps(mix, { node: file.node, handle: file.handle, root: 1, name: 'large', block: BLOCK, blocks: size / BLOCK, random: false });
  return (seconds) => driver.device.bench(() => [steps], { lanes, spin: false, seconds }).cycles / seconds;
}

/** Connects, starts a ring, fills it with garbage, and connects again. */
async function breakQueues(): Promise<Play> {
  const random = new Random(1);
  return async (seconds) => {
    const end = performance.now() + seconds * 1000;
    let broken = 0;
    for (; performance.now() < end; broken++) {
      const guest = new Guest(socket, new Ring(256));
      try {
        await guest.start();
        guest.ring.bytes.set(random.bytes(4096), 0);
        for (let head = 0; head < 8; head++) guest.ring.offer(head * 31);
        guest.kick();
        // An answer to this comes after the kick was seen.
        await guest.frontEnd.ask(1);
      } finally {
        guest.close();
      }
    }
    return broken / seconds;
  };
}

const parts = {
  reader: () => requests({ read: 100 }, 2),
  reads: () => requests({ read: 100 }, 64),
  attributes: () => requests({ getattr: 100 }, 256),
  statfs: () => requests({ statfs: 100 }, 256),
  garbage: breakQueues,
};

const play = await parts[part]();
process.on('message', async (seconds: number) => process.send!(await play(seconds)));
process.on('disconnect', () => process.exit(0));
process.send!('ready');
