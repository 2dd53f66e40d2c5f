import { viewOf } from './bytes.js';
import { Malformed } from './malformed.js';

/** SET_DEVICE_STATE_FD (vhost-user spec, "Device state transfer parameters"): which way the state goes, and when. Unchecked. */
export interface DeviceState {
  readonly direction: number;
  readonly phase: number;
}

export const enum StateDirection {
  /** The back-end writes its state to the descriptor, up to its end. */
  SAVE = 0,
  LOAD = 1,
}

/** The only phase there is: all rings are stopped. */
export const PHASE_STOPPED = 0;

/** In the reply: the state goes through the front-end's descriptor. */
export const NO_FD = 0x100n;

export function decodeDeviceState(payload: Uint8Array): DeviceState | Malformed {
  const view = viewOf(payload, 8);
  return view instanceof Malformed ? view : { direction: view.getUint32(0, true), phase: view.getUint32(4, true) };
}

export function encodeDeviceState({ direction, phase }: DeviceState): Uint8Array {
  const payload = new Uint8Array(8);
  const view = new DataView(payload.buffer);
  view.setUint32(0, direction, true);
  view.setUint32(4, phase, true);
  return payload;
}
