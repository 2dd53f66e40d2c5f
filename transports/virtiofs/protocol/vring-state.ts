import { viewOf } from './bytes.js';
import { Malformed } from './malformed.js';

/** SET_VRING_NUM, SET_VRING_BASE, GET_VRING_BASE, SET_VRING_ENABLE (vhost-user spec, "A vring state description"). */
export interface VringState {
  /** Which ring; unchecked. */
  readonly index: number;
  /** Ring size; next available index (free-running, 16 bits); 0 or 1 for ENABLE. Unchecked. */
  readonly value: number;
}

export function decodeVringState(payload: Uint8Array): VringState | Malformed {
  const view = viewOf(payload, 8);
  return view instanceof Malformed ? view : { index: view.getUint32(0, true), value: view.getUint32(4, true) };
}

export function encodeVringState({ index, value }: VringState): Uint8Array {
  const payload = new Uint8Array(8);
  const view = new DataView(payload.buffer);
  view.setUint32(0, index, true);
  view.setUint32(4, value, true);
  return payload;
}
