import { GuestMemory } from '../../driver/memory.js';
import { RingLayout } from '../../driver/ring-layout.js';
import { bench } from '../../driver/bench.js';
import { DriverQueue, DriverQueueFlag } from '../../native/driver-queue.js';
import { native } from '../../native/index.js';
import type { Measurement, Subject } from '../model.js';
import { measurement, SLICES } from './driver-measure.js';
import type { DriverRow } from './driver-rows.js';
import type { Share } from './driver-share.js';

const SIZE = 1024;
const CALLER = { uid: 0, gid: 0, pid: 0 };
/** What getattr needs of a share, for nobody to look at. */
const NOWHERE = { file: { node: 1 } } as Share;

/** The load generator against a thread that answers at once: what it could measure at best. */
export class Ceiling implements Subject<DriverRow> {
  readonly name = 'ceiling';
  readonly kind = 'limit';
  readonly command = 'a native thread that answers at once';
  readonly version = '';
  readonly pids = [];

  measure(row: DriverRow, seconds: number): Promise<Measurement> | undefined {
    if (row.work.name !== 'getattr') return undefined;
    const memory = new GuestMemory(16 << 20);
    const hiprio = ring(memory);
    const requests = ring(memory);
    const { layout, call } = requests;
    // It watches its ring all the time, so that it must not run while others are measured.
    const echo = native.driverEchoOpen(memory.native.id, SIZE, layout.descriptors, layout.available, layout.used, call);
    if (echo < 0) throw new Error(`The ceiling's thread cannot be started: errno ${-echo}.`);
    try {
      const options = { lanes: row.lanes, spin: row.spin, seconds, slices: SLICES };
      return Promise.resolve(measurement(() => bench(memory, [hiprio, requests], row.work.cycles(NOWHERE), CALLER, options)));
    } finally {
      native.driverEchoClose(echo);
      for (const { native: queue, call, kick } of [hiprio, requests]) {
        queue.close();
        native.closeFd(call);
        native.closeFd(kick);
      }
      memory.close();
    }
  }

  async stop(): Promise<void> {}
}

function ring(memory: GuestMemory) {
  const layout = new RingLayout(memory, SIZE, false);
  const kick = native.eventfdCreate();
  return { layout, kick, call: native.eventfdCreate(), native: new DriverQueue(memory.native, { ...layout, flags: DriverQueueFlag.INDIRECT, kick }) };
}
