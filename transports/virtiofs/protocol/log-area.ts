import { readNumber, viewOf, writeNumber } from './bytes.js';
import { Malformed } from './malformed.js';

/** SET_LOG_BASE: which part of the file is the bitmap of guest pages that were written to (vhost-user spec, "Log description"). */
export interface LogArea {
  readonly size: number;
  readonly offset: number;
}

export function decodeLogArea(payload: Uint8Array): LogArea | Malformed {
  const view = viewOf(payload, 16);
  if (view instanceof Malformed) return view;
  const area = { size: readNumber(view, 0), offset: readNumber(view, 8) };
  return Number.isNaN(area.size + area.offset) ? new Malformed('log area beyond 2^53') : area;
}

export function encodeLogArea({ size, offset }: LogArea): Uint8Array {
  const payload = new Uint8Array(16);
  const view = new DataView(payload.buffer);
  writeNumber(view, 0, size);
  writeNumber(view, 8, offset);
  return payload;
}
