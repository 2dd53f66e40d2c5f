import { encodeVringAddress, encodeVringFd, encodeVringState, FrontendRequest } from '../transports/virtiofs/protocol/index.js';
import type { Connection } from './connection.js';
import type { GuestMemory } from './memory.js';
import type { Queue } from './queue.js';

/** Rings whose messages are under way at a time: more might not fit the socket, whose other end reads when it likes. */
const AT_ONCE = 8;

/** Gives all rings to the device, and starts them. */
export async function startRings(connection: Connection, queues: readonly Queue[], memory: GuestMemory, enable: boolean): Promise<void> {
  for (let first = 0; first < queues.length; first += AT_ONCE) {
    await Promise.all(queues.slice(first, first + AT_ONCE).map((queue, i) => startRing(connection, first + i, queue, memory, enable)));
  }
}

/** Takes all rings back. */
export async function stopRings(connection: Connection, queues: readonly Queue[]): Promise<void> {
  await Promise.all(queues.map((_, index) => stopRing(connection, index)));
}

/** Gives ring `index` to the device, and starts it. The messages go out together, the answers come in order. */
async function startRing(connection: Connection, index: number, queue: Queue, memory: GuestMemory, enable: boolean): Promise<void> {
  const { size, descriptors, available, used } = queue.layout;
  const fd = encodeVringFd({ index, hasFd: true });
  const address = encodeVringAddress({
    index,
    descriptors: memory.userAddress(descriptors),
    available: memory.userAddress(available),
    used: memory.userAddress(used),
  });
  await Promise.all([
    connection.tell(FrontendRequest.SET_VRING_NUM, encodeVringState({ index, value: size })),
    connection.tell(FrontendRequest.SET_VRING_BASE, encodeVringState({ index, value: queue.base })),
    connection.tell(FrontendRequest.SET_VRING_ADDR, address),
    connection.tell(FrontendRequest.SET_VRING_CALL, fd, Int32Array.of(queue.call)),
    connection.tell(FrontendRequest.SET_VRING_ERR, fd, Int32Array.of(queue.error)),
    connection.tell(FrontendRequest.SET_VRING_KICK, fd, Int32Array.of(queue.kick)),
    ...(enable ? [connection.tell(FrontendRequest.SET_VRING_ENABLE, encodeVringState({ index, value: 1 }))] : []),
  ]);
}

/** Takes the ring back: once the reply is here, the device writes to it no more. */
async function stopRing(connection: Connection, index: number): Promise<void> {
  await connection.ask(FrontendRequest.GET_VRING_BASE, encodeVringState({ index, value: 0 }));
}
