import { readNumber, viewOf, writeNumber } from './bytes.js';
import { MAX_QUEUE_SIZE } from './limits.js';
import { Malformed } from './malformed.js';

/** GET_INFLIGHT_FD and SET_INFLIGHT_FD: where a file keeps what is in flight (vhost-user spec, "Inflight description"). */
export interface Inflight {
  /** Bytes of the file that count, from `offset` on; in the request of GET_INFLIGHT_FD they are the back-end's to say. */
  readonly size: number;
  readonly offset: number;
  readonly queues: number;
  /** Entries of each ring, at most. */
  readonly queueSize: number;
}

/** Bytes that count; a C compiler pads the struct to 24. */
const SIZE = 20;

export function decodeInflight(payload: Uint8Array): Inflight | Malformed {
  const view = viewOf(payload, SIZE);
  if (view instanceof Malformed) return view;
  const inflight = { size: readNumber(view, 0), offset: readNumber(view, 8), queues: view.getUint16(16, true), queueSize: view.getUint16(18, true) };
  if (!Number.isSafeInteger(inflight.offset + inflight.size)) return new Malformed('in-flight area beyond 2^53');
  return inflight.queueSize > MAX_QUEUE_SIZE ? new Malformed(`in-flight area for rings of ${inflight.queueSize} entries`) : inflight;
}

/** `length`: bytes of the payload, 20 or 24, as the peer has it. */
export function encodeInflight({ size, offset, queues, queueSize }: Inflight, length = SIZE): Uint8Array {
  const payload = new Uint8Array(Math.max(length, SIZE));
  const view = new DataView(payload.buffer);
  writeNumber(view, 0, size);
  writeNumber(view, 8, offset);
  view.setUint16(16, queues, true);
  view.setUint16(18, queueSize, true);
  return payload;
}
