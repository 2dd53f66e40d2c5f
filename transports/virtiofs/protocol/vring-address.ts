import { readNumber, viewOf, writeNumber } from './bytes.js';
import { Malformed } from './malformed.js';

/** SET_VRING_ADDR: front-end user addresses of a ring's three parts (vhost-user spec, "A vring address description"). */
export interface VringAddress {
  readonly index: number;
  readonly descriptors: number;
  readonly used: number;
  readonly available: number;
}

const SIZE = 40;

export function decodeVringAddress(payload: Uint8Array): VringAddress | Malformed {
  const view = viewOf(payload, SIZE);
  if (view instanceof Malformed) return view;
  const address = { index: view.getUint32(0, true), descriptors: readNumber(view, 8), used: readNumber(view, 16), available: readNumber(view, 24) };
  return Number.isNaN(address.descriptors + address.used + address.available) ? new Malformed('ring address beyond 2^53') : address;
}

/** Without dirty logging: the flags and the log address are 0. */
export function encodeVringAddress({ index, descriptors, used, available }: VringAddress): Uint8Array {
  const payload = new Uint8Array(SIZE);
  const view = new DataView(payload.buffer);
  view.setUint32(0, index, true);
  writeNumber(view, 8, descriptors);
  writeNumber(view, 16, used);
  writeNumber(view, 24, available);
  return payload;
}
