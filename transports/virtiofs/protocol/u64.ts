import { viewOf } from './bytes.js';
import { Malformed } from './malformed.js';

/** The payload of features, counts and acknowledgements (0: done, anything else: failed). */
export function decodeU64(payload: Uint8Array): bigint | Malformed {
  const view = viewOf(payload, 8);
  return view instanceof Malformed ? view : view.getBigUint64(0, true);
}

export function encodeU64(value: bigint | number): Uint8Array {
  const payload = new Uint8Array(8);
  new DataView(payload.buffer).setBigUint64(0, BigInt(value), true);
  return payload;
}
