import { closeSync, openSync } from 'node:fs';
import { native } from '../native/index.js';
import { decodeU64, encodeDeviceState, FrontendRequest, Malformed, PHASE_STOPPED, StateDirection } from '../transports/virtiofs/protocol/index.js';
import type { Connection } from './connection.js';
import { check, DriverError } from './errors.js';

/** What a device holds of its guest, in a file in memory. */
export class SavedState {
  private readonly fd = check(native.memfdCreate('device-state', 0), 'memfd_create');

  /** Has the device write it, whose rings are stopped. EPROTO when it cannot say. */
  saveFrom(connection: Connection): Promise<void> {
    return transfer(connection, StateDirection.SAVE, this.fd);
  }

  /** Gives it to another device, before its rings start. EPROTO when that one does not take it. */
  async loadInto(connection: Connection): Promise<void> {
    // A descriptor of its own, which stands at the start.
    const reader = openSync(`/proc/self/fd/${this.fd}`, 'r');
    try {
      await transfer(connection, StateDirection.LOAD, reader);
    } finally {
      closeSync(reader);
    }
  }

  close(): void {
    native.closeFd(this.fd);
  }
}

async function transfer(connection: Connection, direction: StateDirection, fd: number): Promise<void> {
  const { payload, fd: own } = await connection.askFd(FrontendRequest.SET_DEVICE_STATE_FD, encodeDeviceState({ direction, phase: PHASE_STOPPED }), Int32Array.of(fd));
  if (own !== undefined) native.closeFd(own);
  const begun = decodeU64(payload);
  if (begun instanceof Malformed || own !== undefined || (begun & 0xffn) !== 0n) throw new DriverError('EPROTO', 'the device does not transfer its state');
  if (await connection.askNumber(FrontendRequest.CHECK_DEVICE_STATE) !== 0n) throw new DriverError('EPROTO', 'the device could not transfer its state');
}
