import test from 'ava';
import { Opcode } from '../../core/protocol/opcode.js';
import { InitIn } from '../../core/protocol/structs.js';
import { DriverMemory } from '../../native/driver-queue.js';
import { native } from '../../native/index.js';
import { VirtqueueFlag } from '../../native/virtqueue.js';
import * as protocol from '../../transports/virtiofs/protocol/index.js';
import { Guest } from './front-end.js';
import { DescriptorFlag, GUEST, message, Ring } from './ring.js';
import { share } from './share.js';

const { Feature, FrontendRequest } = protocol;
const PAGE = 4096;
const LOG_BYTES = 1 << 16;
const BASIC = [Feature.VERSION_1, Feature.PROTOCOL_FEATURES, Feature.EVENT_IDX, Feature.INDIRECT_DESC];

/** A request whose reply has room on two pages of its own. */
function offer(ring: Ring, head: number, opcode: Opcode, body?: Uint8Array): void {
  const at = 0x1_0000 + head * 0x4000;
  const bytes = message(opcode, body);
  new DataView(bytes.buffer).setBigUint64(8, BigInt(head + 1), true);
  new DataView(bytes.buffer).setBigUint64(16, 1n, true);
  ring.bytes.set(bytes, at + 0x20);
  ring.describe(0, at + 0x20, bytes.length, DescriptorFlag.NEXT, 1, at);
  ring.describe(1, at + 0x1ff0, 0x200, DescriptorFlag.WRITE, 0, at);
  ring.describe(head, at, 32, DescriptorFlag.INDIRECT);
  ring.offer(head);
}

for (const flags of [VirtqueueFlag.EVENT_INDEX | VirtqueueFlag.INDIRECT, VirtqueueFlag.INDIRECT]) {
  test(`every page that the device writes to is marked while a guest is moved, and no other (ring flags ${flags})`, async (t) => {
    const { socket } = await share(t);
    const guest = new Guest(socket, new Ring(8, flags));
    t.teardown(() => guest.close());
    const { ring } = guest;
    await guest.start();
    const init = new Uint8Array(InitIn.size_);
    new DataView(init.buffer).setUint32(InitIn.major, 7, true);
    new DataView(init.buffer).setUint32(InitIn.minor, 38, true);
    offer(ring, 0, Opcode.INIT, init);
    guest.kick();
    await guest.used(1);

    const fd = native.memfdCreate('log', LOG_BYTES + PAGE);
    const log = new DriverMemory(fd, LOG_BYTES + PAGE, 0);
    t.teardown(() => {
      log.close();
      native.closeFd(fd);
    });
    const bits = new Uint8Array(log.buffer, PAGE, LOG_BYTES);
    /** Pages of guest memory that are marked; then none is. */
    const marked = (): number[] => {
      const pages: number[] = [];
      for (let page = 0; page < LOG_BYTES * 8; page++) if (bits[page >> 3]! & (1 << (page & 7))) pages.push(page - GUEST / PAGE);
      bits.fill(0);
      return pages;
    };
    const features = BASIC.filter((feature) => (feature !== Feature.EVENT_IDX || flags & VirtqueueFlag.EVENT_INDEX) !== 0);
    const written = async (head: number, used: number): Promise<number[]> => {
      offer(ring, head, Opcode.STATFS);
      const own = ring.bytes.slice();
      guest.kick();
      await guest.used(used);
      // One more turn of the loop: the device says that it wants to be kicked again.
      await new Promise((resolve) => setTimeout(resolve, 20));
      const pages = new Set<number>();
      for (let i = 0; i < own.length; i++) if (own[i] !== ring.bytes[i] && !(i >= 0x1000 && i < 0x2000)) pages.add(Math.floor(i / PAGE));
      return [...pages];
    };

    await guest.frontEnd.ask(FrontendRequest.SET_LOG_BASE, protocol.encodeLogArea({ size: LOG_BYTES, offset: PAGE }), [fd]);
    await written(1, 2);
    t.deepEqual(marked(), [], 'nothing is marked before LOG_ALL');

    await guest.succeed(FrontendRequest.SET_FEATURES, protocol.encodeU64(protocol.featureSet(...features, Feature.LOG_ALL)));
    const { descriptors, available, used } = ring.layout;
    await guest.succeed(FrontendRequest.SET_VRING_ADDR, protocol.encodeVringAddress({ index: 1, descriptors, available, used }));
    for (const [i, head] of [2, 3, 4].entries()) {
      const changed = await written(head, 3 + i);
      const pages = marked();
      for (const page of changed) t.true(pages.includes(page), `page ${page} is changed, and ${pages} are marked`);
      const reply = (0x1_0000 + head * 0x4000 + 0x1ff0) / PAGE;
      t.deepEqual(pages, [2, Math.floor(reply), Math.floor(reply) + 1]);
    }

    await guest.succeed(FrontendRequest.SET_FEATURES, protocol.encodeU64(protocol.featureSet(...features)));
    await written(5, 6);
    t.deepEqual(marked(), [], 'nothing is marked after it');
  });
}

test('a log that is no file, or shorter than it says, sends the front-end away', async (t) => {
  const { socket } = await share(t);
  const fd = native.memfdCreate('log', PAGE);
  t.teardown(() => native.closeFd(fd));
  for (const area of [{ size: 2 * PAGE, offset: 0 }, { size: PAGE, offset: PAGE }, { size: 0, offset: 0 }]) {
    const guest = new Guest(socket);
    await guest.start();
    guest.frontEnd.send(FrontendRequest.SET_LOG_BASE, protocol.encodeLogArea(area), [fd]);
    await guest.frontEnd.end();
    guest.close();
  }
  t.pass();
});
