import { viewOf } from './bytes.js';
import { Malformed } from './malformed.js';

/** SET_VRING_KICK, SET_VRING_CALL, SET_VRING_ERR: bits 0 to 7 name the ring, bit 8 says that no descriptor came along. */
export interface VringFd {
  readonly index: number;
  readonly hasFd: boolean;
}

const NO_FD = 0x100;

export function decodeVringFd(payload: Uint8Array): VringFd | Malformed {
  const view = viewOf(payload, 8);
  if (view instanceof Malformed) return view;
  const word = view.getUint32(0, true);
  return { index: word & 0xff, hasFd: (word & NO_FD) === 0 };
}

export function encodeVringFd({ index, hasFd }: VringFd): Uint8Array {
  const payload = new Uint8Array(8);
  new DataView(payload.buffer).setUint32(0, index | (hasFd ? 0 : NO_FD), true);
  return payload;
}
