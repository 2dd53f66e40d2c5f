import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { native } from '../native/index.js';
import { decodeU64, encodeDeviceState, FrontendRequest, Malformed, PHASE_STOPPED, StateDirection } from '../transports/virtiofs/protocol/index.js';
import type { Connection } from './connection.js';
import { check, DriverError } from './errors.js';

/** A file in memory, whose descriptor another process may write to or read from at the same time. */
function memoryFile<T>(use: (fd: number, path: string) => Promise<T>): Promise<T> {
  const fd = check(native.memfdCreate('device-state', 0), 'memfd_create');
  return use(fd, `/proc/self/fd/${fd}`).finally(() => native.closeFd(fd));
}

/** What the device holds of its guest; its rings are stopped. EPROTO when it cannot say. */
export function saveState(connection: Connection): Promise<Buffer> {
  return memoryFile(async (fd, path) => {
    await transfer(connection, StateDirection.SAVE, fd);
    return readFileSync(path);
  });
}

/** Gives a device, before its rings start, what another one held. EPROTO when it does not take it. */
export function loadState(connection: Connection, state: Uint8Array): Promise<void> {
  return memoryFile(async (_fd, path) => {
    writeFileSync(path, state);
    const reader = openSync(path, 'r');
    try {
      await transfer(connection, StateDirection.LOAD, reader);
    } finally {
      closeSync(reader);
    }
  });
}

async function transfer(connection: Connection, direction: StateDirection, fd: number): Promise<void> {
  const { payload, fd: own } = await connection.askFd(FrontendRequest.SET_DEVICE_STATE_FD, encodeDeviceState({ direction, phase: PHASE_STOPPED }), Int32Array.of(fd));
  if (own !== undefined) native.closeFd(own);
  const begun = decodeU64(payload);
  if (begun instanceof Malformed || own !== undefined || (begun & 0xffn) !== 0n) throw new DriverError('EPROTO', 'the device does not transfer its state');
  if (await connection.askNumber(FrontendRequest.CHECK_DEVICE_STATE) !== 0n) throw new DriverError('EPROTO', 'the device could not transfer its state');
}
