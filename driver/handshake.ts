import {
  type ConfigSpace, CONFIG_SPACE_SIZE, decodeConfigSpace, decodeDeviceConfig, encodeDeviceConfig, encodeMemoryRegion,
  encodeMemoryTable, encodeU64, Feature, featureSet, FrontendRequest, hasFeature, Malformed, ProtocolFeature,
} from '../transports/virtiofs/protocol/index.js';
import type { Connection } from './connection.js';
import { DriverError } from './errors.js';
import { type InflightFile, shareInflight } from './inflight.js';
import type { GuestMemory } from './memory.js';
import type { Queue } from './queue.js';
import { startRings } from './vring.js';

/** What both sides know: the outcome of the first messages. */
export interface Negotiated {
  readonly features: bigint;
  readonly protocolFeatures: bigint;
  /** Rings that the device has, the hiprio queue among them; without MQ it does not say. */
  readonly rings: number | undefined;
  /** Where the device has a config space. */
  readonly config: ConfigSpace | undefined;
}

const PROTOCOL_FEATURES = featureSet(
  ProtocolFeature.MQ, ProtocolFeature.REPLY_ACK, ProtocolFeature.CONFIG, ProtocolFeature.CONFIGURE_MEM_SLOTS,
  ProtocolFeature.INFLIGHT_SHMFD, ProtocolFeature.DEVICE_STATE, ProtocolFeature.RESET_DEVICE,
);

/** Agrees on features. `wanted`: the virtio features that the driver would use; EPROTO for a device without VERSION_1. */
export async function negotiate(connection: Connection, wanted: bigint): Promise<Negotiated> {
  const offered = await connection.askNumber(FrontendRequest.GET_FEATURES);
  if (!hasFeature(offered, Feature.VERSION_1)) throw new DriverError('EPROTO', 'a legacy device');
  const features = offered & (wanted | featureSet(Feature.VERSION_1, Feature.PROTOCOL_FEATURES));
  const protocolFeatures = hasFeature(features, Feature.PROTOCOL_FEATURES) ? await negotiateProtocol(connection) : 0n;
  await connection.tell(FrontendRequest.SET_OWNER);
  const rings = hasFeature(protocolFeatures, ProtocolFeature.MQ) ? Number(await connection.askNumber(FrontendRequest.GET_QUEUE_NUM)) : undefined;
  const config = hasFeature(protocolFeatures, ProtocolFeature.CONFIG) ? await readConfigSpace(connection) : undefined;
  await connection.tell(FrontendRequest.SET_FEATURES, encodeU64(features));
  return { features, protocolFeatures, rings, config };
}

async function negotiateProtocol(connection: Connection): Promise<bigint> {
  const protocolFeatures = (await connection.askNumber(FrontendRequest.GET_PROTOCOL_FEATURES)) & PROTOCOL_FEATURES;
  await connection.tell(FrontendRequest.SET_PROTOCOL_FEATURES, encodeU64(protocolFeatures));
  connection.acknowledged = hasFeature(protocolFeatures, ProtocolFeature.REPLY_ACK);
  return protocolFeatures;
}

async function readConfigSpace(connection: Connection): Promise<ConfigSpace> {
  const window = encodeDeviceConfig({ offset: 0, flags: 0, data: new Uint8Array(CONFIG_SPACE_SIZE) });
  const answer = decodeDeviceConfig(await connection.ask(FrontendRequest.GET_CONFIG, window));
  const config = answer instanceof Malformed ? answer : decodeConfigSpace(answer.data);
  if (config instanceof Malformed) throw new DriverError('EPROTO', `GET_CONFIG: ${config.problem}`);
  return config;
}

/** Gives the device memory, what `before` has for it, and rings, which it serves from then on. */
export async function attach(connection: Connection, negotiated: Negotiated, memory: GuestMemory, queues: readonly Queue[], inflight: InflightFile | undefined, before?: () => Promise<void>): Promise<void> {
  await shareMemory(connection, negotiated, memory);
  if (inflight) await shareInflight(connection, inflight);
  await before?.();
  const enable = hasFeature(negotiated.features, Feature.PROTOCOL_FEATURES);
  await startRings(connection, queues, memory, enable);
}

/** Shows the device the guest's memory. */
async function shareMemory(connection: Connection, { protocolFeatures }: Negotiated, memory: GuestMemory): Promise<void> {
  const fds = Int32Array.of(memory.fd);
  if (hasFeature(protocolFeatures, ProtocolFeature.CONFIGURE_MEM_SLOTS)) {
    await connection.tell(FrontendRequest.ADD_MEM_REG, encodeMemoryRegion(memory.region), fds);
  } else {
    await connection.tell(FrontendRequest.SET_MEM_TABLE, encodeMemoryTable([memory.region]), fds);
  }
}
