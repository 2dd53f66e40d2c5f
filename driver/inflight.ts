import { decodeInflight, encodeInflight, FrontendRequest, hasFeature, type Inflight, Malformed, ProtocolFeature } from '../transports/virtiofs/protocol/index.js';
import type { Connection } from './connection.js';
import { DriverError } from './errors.js';
import type { Negotiated } from './handshake.js';

/** The device's record of what is in flight, which the driver keeps for the device that comes after it. */
export interface InflightFile {
  readonly fd: number;
  readonly layout: Inflight;
}

/** Asks the device for the file (GET_INFLIGHT_FD); undefined when it keeps no such record. */
export async function requestInflight(connection: Connection, { protocolFeatures }: Negotiated, queues: number, queueSize: number): Promise<InflightFile | undefined> {
  if (!hasFeature(protocolFeatures, ProtocolFeature.INFLIGHT_SHMFD)) return undefined;
  const { payload, fd } = await connection.askFd(FrontendRequest.GET_INFLIGHT_FD, encodeInflight({ size: 0, offset: 0, queues, queueSize }));
  const layout = decodeInflight(payload);
  if (fd === undefined || layout instanceof Malformed) throw new DriverError('EPROTO', 'GET_INFLIGHT_FD without a file');
  return { fd, layout };
}

/** Hands the file to the device, before its rings start. */
export function shareInflight(connection: Connection, { fd, layout }: InflightFile): Promise<void> {
  return connection.tell(FrontendRequest.SET_INFLIGHT_FD, encodeInflight(layout), Int32Array.of(fd));
}
