import { DriverError } from './errors.js';
import type { Caller } from './message.js';

/** How the driver uses a device. */
export interface DeviceOptions {
  /** The tag of a device that has no config space to tell it; the socket's path when absent. */
  readonly tag?: string;
  /** Request queues wanted, 1 when absent; the device's own number is the upper bound. */
  readonly queues?: number;
  /** Entries of each ring, a power of two; 256 when absent. */
  readonly queueSize?: number;
  /** Bytes of guest memory, 64 MiB when absent. No request with its reply may take more than half. */
  readonly memory?: number;
  /** Microseconds to watch the used ring at a time instead of waiting for a call, which blocks the event loop; 0 when absent. */
  readonly spin?: number;
  /**
   * Seconds to look for a server that was started again after it had gone, and to go on with what is in flight; 0 when
   * absent: a device that goes away is lost. It takes a device that keeps a record of what is in flight.
   */
  readonly reconnect?: number;
  /** Who makes the requests that name nobody else: this process and its user when absent. */
  readonly caller?: Caller;
  /** False: without indirect descriptors, VIRTIO_F_INDIRECT_DESC. */
  readonly indirect?: boolean;
  /** False: without VIRTIO_F_EVENT_IDX. */
  readonly eventIndex?: boolean;
  /** True: packed rings, VIRTIO_F_RING_PACKED, where the device offers them. */
  readonly packed?: boolean;
}

const PAGE = 4096;
const self: Caller = { uid: process.geteuid!(), gid: process.getegid!(), pid: process.pid };

export type CompleteOptions = ReturnType<typeof complete>;

/** Fills the defaults in; EINVAL for what no device can serve. */
export function complete({ tag, queues = 1, queueSize = 256, memory = 64 << 20, spin = 0, indirect = true, eventIndex = true, packed = false, reconnect = 0, caller = self }: DeviceOptions) {
  if (!Number.isInteger(queues) || queues < 1) throw new DriverError('EINVAL', `${queues} request queues`);
  if (!Number.isInteger(queueSize) || queueSize < 2 || queueSize > 32768 || (queueSize & (queueSize - 1)) !== 0) {
    throw new DriverError('EINVAL', `a ring of ${queueSize} entries`);
  }
  if (memory % PAGE !== 0 || memory <= 0 || memory >= 2 ** 32) throw new DriverError('EINVAL', `guest memory of ${memory} bytes`);
  return { tag, queues, queueSize, memory, spin, indirect, eventIndex, packed, reconnect, caller };
}
