import type { Device } from './device.js';
import {
  decodeDeviceConfig, decodeDeviceState, decodeInflight, decodeLogArea, decodeMemoryRegion, decodeMemoryTable, decodeU64, decodeVringAddress, decodeVringFd, decodeVringState, encodeDeviceConfig,
  encodeInflight, encodeU64, encodeVringState, FrontendRequest, Malformed, MAX_MEMORY_SLOTS, NO_FD,
} from './protocol/index.js';
import { InflightArea } from './inflight.js';
import { Refusal } from './refusal.js';
import type { Vring } from './vring.js';

/** A payload to reply with, and a descriptor that goes along and is closed here then. */
export class WithFd {
  constructor(readonly payload: Uint8Array, readonly fd: number) {}
}

/** A payload to reply with; nothing, when the message was followed and has no reply of its own; or why it was not. */
export type Outcome = Uint8Array | WithFd | undefined | Refusal;

/** Follows one request of a front-end. A descriptor that is kept is taken out of `fds`. */
type Handler = (device: Device, payload: Uint8Array, fds: number[]) => Outcome | Promise<Outcome>;

/** Decodes the payload, then follows it. */
function decoded<T>(decode: (payload: Uint8Array) => T | Malformed, follow: (device: Device, value: T, fds: number[]) => Outcome | Promise<Outcome>): Handler {
  return (device, payload, fds) => {
    const value = decode(payload);
    return value instanceof Malformed ? new Refusal(value.problem) : follow(device, value, fds);
  };
}

function withVring(device: Device, index: number, follow: (vring: Vring) => Outcome | Promise<Outcome>): Outcome | Promise<Outcome> {
  const vring = device.vrings[index];
  return vring ? follow(vring) : new Refusal(`there is no ring ${index}`);
}

const vringState = (follow: (vring: Vring, value: number) => Outcome | Promise<Outcome>) =>
  decoded(decodeVringState, (device, { index, value }) => withVring(device, index, (vring) => follow(vring, value)));

const vringFd = (follow: (vring: Vring, fd: number | undefined) => Outcome) =>
  decoded(decodeVringFd, (device, { index, hasFd }, fds) => withVring(device, index, (vring) => follow(vring, hasFd ? fds.shift() : undefined)));

/** A change of guest memory, which running rings then follow. */
function remapping(device: Device, outcome: Outcome): Outcome {
  device.remap();
  return outcome;
}

/** A window of the config space; what lies behind its end reads as 0. */
function readConfig(space: Uint8Array, offset: number, size: number): Uint8Array {
  const window = new Uint8Array(size);
  window.set(space.subarray(offset, offset + size));
  return window;
}

/** vhost-user spec, "Front-end message types": what a file system device follows. */
const handlers: Partial<Record<FrontendRequest, Handler>> = {
  [FrontendRequest.GET_FEATURES]: (device) => encodeU64(device.offeredFeatures),
  [FrontendRequest.SET_FEATURES]: decoded(decodeU64, (device, features) => device.setFeatures(features)),
  [FrontendRequest.GET_PROTOCOL_FEATURES]: (device) => encodeU64(device.offeredProtocolFeatures),
  [FrontendRequest.SET_PROTOCOL_FEATURES]: decoded(decodeU64, (device, features) => device.setProtocolFeatures(features)),
  [FrontendRequest.GET_QUEUE_NUM]: (device) => encodeU64(device.vrings.length),
  [FrontendRequest.GET_MAX_MEM_SLOTS]: () => encodeU64(MAX_MEMORY_SLOTS),
  [FrontendRequest.SET_OWNER]: () => undefined,
  // Deprecated: some front-ends meant one thing by it, some another.
  [FrontendRequest.RESET_OWNER]: () => undefined,
  [FrontendRequest.RESET_DEVICE]: (device) => void device.reset(),
  [FrontendRequest.SET_BACKEND_REQ_FD]: (device, _payload, fds) => device.setBackendSocket(fds.shift()),

  [FrontendRequest.SET_MEM_TABLE]: decoded(decodeMemoryTable, (device, regions, fds) => remapping(device, device.table.replace(regions, fds))),
  [FrontendRequest.ADD_MEM_REG]: decoded(decodeMemoryRegion, (device, region, fds) => remapping(device, device.table.add(region, fds[0]))),
  [FrontendRequest.REM_MEM_REG]: decoded(decodeMemoryRegion, (device, region) => remapping(device, device.table.remove(region))),

  [FrontendRequest.GET_INFLIGHT_FD]: (device, payload) => {
    const wanted = decodeInflight(payload);
    if (wanted instanceof Malformed) return new Refusal(wanted.problem);
    if (wanted.queues > device.vrings.length) return new Refusal(`in-flight area for ${wanted.queues} rings`);
    const area = InflightArea.create(wanted, device.packedRings);
    if (!area) return encodeInflight({ ...wanted, size: 0, offset: 0 }, payload.length);
    return new WithFd(encodeInflight(area.layout, payload.length), area.take());
  },
  [FrontendRequest.SET_INFLIGHT_FD]: decoded(decodeInflight, (device, layout, fds) => device.setInflight(layout, fds.shift())),

  [FrontendRequest.SET_LOG_BASE]: decoded(decodeLogArea, (device, area, fds) => {
    const refusal = device.setLog(area, fds[0]);
    return refusal ?? encodeU64(0);
  }),
  // An event that nobody has told us when to signal.
  [FrontendRequest.SET_LOG_FD]: () => undefined,

  [FrontendRequest.SET_DEVICE_STATE_FD]: decoded(decodeDeviceState, (device, state, fds) => {
    const refusal = device.transferState(state, fds.shift());
    if (!refusal) return encodeU64(NO_FD);
    device.log.warn({}, `front-end: SET_DEVICE_STATE_FD refused: ${refusal.reason}`);
    return encodeU64(NO_FD | 1n);
  }),
  [FrontendRequest.CHECK_DEVICE_STATE]: (device) => {
    const told = (done: boolean): Uint8Array => encodeU64(done ? 0 : 1);
    const done = device.stateTransferred();
    return done === false ? told(false) : done.then(told);
  },

  [FrontendRequest.SET_VRING_NUM]: vringState((vring, size) => vring.setSize(size)),
  [FrontendRequest.SET_VRING_BASE]: vringState((vring, base) => vring.setBase(base)),
  [FrontendRequest.SET_VRING_ADDR]: decoded(decodeVringAddress, (device, address) =>
    withVring(device, address.index, (vring) => vring.setAddress(address))),
  [FrontendRequest.SET_VRING_ENABLE]: vringState((vring, enabled) => vring.enable(enabled !== 0)),
  [FrontendRequest.GET_VRING_BASE]: vringState(async (vring) => encodeVringState({ index: vring.index, value: await vring.stop() })),
  [FrontendRequest.SET_VRING_KICK]: vringFd((vring, fd) => vring.setKick(fd)),
  [FrontendRequest.SET_VRING_CALL]: vringFd((vring, fd) => void vring.setCall(fd)),
  [FrontendRequest.SET_VRING_ERR]: vringFd((vring, fd) => void vring.setError(fd)),

  [FrontendRequest.GET_CONFIG]: decoded(decodeDeviceConfig, ({ configSpace }, { offset, flags, data }) =>
    encodeDeviceConfig({ offset, flags, data: readConfig(configSpace, offset, data.length) })),
};

export function follow(device: Device, request: number, payload: Uint8Array, fds: number[]): Outcome | Promise<Outcome> {
  const handler = handlers[request as FrontendRequest];
  return handler ? handler(device, payload, fds) : new Refusal('not known to a file system device');
}
