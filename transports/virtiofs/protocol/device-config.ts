import { viewOf } from './bytes.js';
import { MAX_CONFIG_SIZE } from './limits.js';
import { Malformed } from './malformed.js';

/** GET_CONFIG and SET_CONFIG: a window of the device's config space (vhost-user spec, "Virtio device config space"). */
export interface DeviceConfig {
  readonly offset: number;
  readonly flags: number;
  /** The window's bytes; in a GET_CONFIG request only their number counts. At most MAX_CONFIG_SIZE. */
  readonly data: Uint8Array;
}

const PREFIX_SIZE = 12;

/** `data` is a view into the payload. */
export function decodeDeviceConfig(payload: Uint8Array): DeviceConfig | Malformed {
  const view = viewOf(payload, PREFIX_SIZE);
  if (view instanceof Malformed) return view;
  const offset = view.getUint32(0, true);
  const size = view.getUint32(4, true);
  if (size > MAX_CONFIG_SIZE || offset > MAX_CONFIG_SIZE - size) return new Malformed(`config space at ${offset}, ${size} bytes`);
  if (payload.length < PREFIX_SIZE + size) return new Malformed(`payload of ${payload.length} bytes, ${PREFIX_SIZE + size} needed`);
  return { offset, flags: view.getUint32(8, true), data: payload.subarray(PREFIX_SIZE, PREFIX_SIZE + size) };
}

export function encodeDeviceConfig({ offset, flags, data }: DeviceConfig): Uint8Array {
  const payload = new Uint8Array(PREFIX_SIZE + data.length);
  const view = new DataView(payload.buffer);
  view.setUint32(0, offset, true);
  view.setUint32(4, data.length, true);
  view.setUint32(8, flags, true);
  payload.set(data, PREFIX_SIZE);
  return payload;
}
