import { errnoName } from '../../core/filesystem/errno.js';
import type { Log } from '../../core/log.js';
import type { Session } from '../../core/session/session.js';
import type { SessionHost } from '../../core/transport.js';
import { native } from '../../native/index.js';
import { VirtqueueFlag } from '../../native/virtqueue.js';
import { InflightArea } from './inflight.js';
import { MemoryTable } from './memory-table.js';
import { carriesState, load, type Place, save } from './device-state.js';
import { type DeviceState, encodeConfigSpace, Feature, featureSet, hasFeature, type Inflight, type LogArea, PHASE_STOPPED, ProtocolFeature, StateDirection } from './protocol/index.js';
import { Refusal } from './refusal.js';
import type { State } from './state.js';
import { Transfer } from './transfer.js';
import { Vring, type VringDevice } from './vring.js';

/** Features offered, and packed rings where the config asks for them; the notification queue is not. */
const FEATURES = featureSet(Feature.LOG_ALL, Feature.VERSION_1, Feature.INDIRECT_DESC, Feature.EVENT_IDX, Feature.PROTOCOL_FEATURES);

export const PROTOCOL_FEATURES = featureSet(
  ProtocolFeature.MQ,
  ProtocolFeature.REPLY_ACK,
  ProtocolFeature.BACKEND_REQ,
  ProtocolFeature.CONFIG,
  ProtocolFeature.INFLIGHT_SHMFD,
  ProtocolFeature.RESET_DEVICE,
  ProtocolFeature.CONFIGURE_MEM_SLOTS,
  ProtocolFeature.DEVICE_STATE,
  ProtocolFeature.LOG_SHMFD,
);

/** Largest WRITE, pages of one request, and background requests that INIT grants. A short ring makes a guest take less. */
export const LIMITS = { maxWrite: 1 << 20, maxPages: 256, maxBackground: 65535 };

export interface DeviceOptions {
  readonly tag: string;
  /** Request queues; the hiprio queue is not counted. */
  readonly queues: number;
  /** Packed rings are offered. */
  readonly packed: boolean;
  /** A guest that moves finds its files by their paths. */
  readonly migration: 'paths' | 'handles';
  /** A guest is not taken up unless all of its files are here. */
  readonly migrationOnError: 'abort' | 'guest-error';
}

/**
 * The virtio-fs device that one front-end connects its guest to (virtio 1.2, 5.11): features, memory, the hiprio ring and
 * the request rings, and the session behind them. The session outlives a stop of the rings, since a guest that was paused
 * goes on with it; it ends with RESET_DEVICE and with the connection, and INIT begins it anew.
 */
export class Device implements VringDevice {
  readonly table = new MemoryTable();
  readonly vrings: readonly Vring[];
  readonly configSpace: Uint8Array;
  protocolFeatures = 0n;
  /** The guest broke a ring. */
  broken = false;
  private features = 0n;
  private current: Session | undefined;
  private backendSocket: number | undefined;
  /** Where the rings keep what they have in flight; undefined when the front-end does not ask for it. */
  inflight: InflightArea | undefined;

  /** The transfer of the session that was begun last. */
  private transfer: Transfer | undefined;
  /** Aborted when the front-end has gone. */
  private readonly gone = new AbortController();
  private readonly portable: boolean;
  private readonly whole: boolean;

  /** Bits of GET_FEATURES. */
  readonly offeredFeatures: bigint;

  constructor({ tag, queues, migration, migrationOnError, packed }: DeviceOptions, private readonly host: SessionHost, private readonly state: State | undefined, readonly log: Log) {
    this.configSpace = encodeConfigSpace({ tag, requestQueues: queues });
    this.vrings = Array.from({ length: 1 + queues }, (_, index) => new Vring(index, this));
    this.portable = migration === 'paths';
    this.whole = migrationOnError === 'abort';
    this.offeredFeatures = packed ? FEATURES | featureSet(Feature.RING_PACKED) : FEATURES;
  }

  /** Bits of GET_PROTOCOL_FEATURES. Not every file system can be found again elsewhere. */
  get offeredProtocolFeatures(): bigint {
    return this.host.persistence ? PROTOCOL_FEATURES : PROTOCOL_FEATURES & ~featureSet(ProtocolFeature.DEVICE_STATE);
  }

  get memory() {
    return this.table.memory;
  }

  get ringFlags(): number {
    const flag = (feature: Feature, ringFlag: VirtqueueFlag): number => (hasFeature(this.features, feature) ? ringFlag : 0);
    return flag(Feature.EVENT_IDX, VirtqueueFlag.EVENT_INDEX) | flag(Feature.INDIRECT_DESC, VirtqueueFlag.INDIRECT) | flag(Feature.RING_PACKED, VirtqueueFlag.PACKED);
  }

  get packedRings(): boolean {
    return hasFeature(this.features, Feature.RING_PACKED);
  }

  get slots(): number {
    return Math.ceil((this.host.requests ?? Infinity) / (this.vrings.length - 1));
  }

  /** A ring starts. What is transferred must not change meanwhile. */
  session(): Session {
    this.transfer?.abort();
    return (this.current ??= this.begin());
  }

  private begin(): Session {
    const session = this.host.openSession(LIMITS);
    if (this.state) {
      const id = this.state.begin(session);
      if (this.inflight) this.inflight.id = id;
    }
    return session;
  }

  /** Without PROTOCOL_FEATURES there is no SET_VRING_ENABLE: every ring is enabled from now on. */
  setFeatures(features: bigint): Refusal | undefined {
    if ((features & ~this.offeredFeatures) !== 0n) return new Refusal(`features 0x${features.toString(16)} that were not offered`);
    this.features = features;
    this.memory.enableLog(hasFeature(features, Feature.LOG_ALL));
    if (hasFeature(features, Feature.PROTOCOL_FEATURES)) return undefined;
    for (const vring of this.vrings) {
      const refusal = vring.enable(true);
      if (refusal) return refusal;
    }
    return undefined;
  }

  setProtocolFeatures(features: bigint): Refusal | undefined {
    if ((features & ~this.offeredProtocolFeatures) !== 0n) return new Refusal(`protocol features 0x${features.toString(16)} that were not offered`);
    this.protocolFeatures = features;
    return undefined;
  }

  /** Takes the descriptor of the socket for messages of our own. */
  setBackendSocket(fd: number | undefined): Refusal | undefined {
    if (fd === undefined) return new Refusal('no back-end socket');
    if (this.backendSocket !== undefined) native.closeFd(this.backendSocket);
    this.backendSocket = fd;
    return undefined;
  }

  /** SET_INFLIGHT_FD: takes the descriptor; for rings that start from now on. */
  setInflight(layout: Inflight, fd: number | undefined): Refusal | undefined {
    if (fd === undefined) return new Refusal('in-flight area without a descriptor');
    const area = InflightArea.adopt(fd, layout, this.packedRings);
    if (area instanceof Refusal) {
      native.closeFd(fd);
      return area;
    }
    this.inflight?.close();
    this.inflight = area;
    this.current ??= this.state?.claim(area.id);
    this.current?.journal?.expect(layout.queues);
    return undefined;
  }

  /** SET_LOG_BASE: where pages that are written to are marked, while LOG_ALL is on. The descriptor is only looked at. */
  setLog({ size, offset }: LogArea, fd: number | undefined): Refusal | undefined {
    if (fd === undefined) return new Refusal('dirty log without a descriptor');
    const error = this.memory.setLog(fd, offset, size);
    return error < 0 ? new Refusal(`dirty log of ${size} bytes: ${errnoName(error)}`) : undefined;
  }

  /** SET_DEVICE_STATE_FD: takes the descriptor; the session goes through it, whose rings are stopped. */
  transferState({ direction, phase }: DeviceState, fd: number | undefined): Refusal | undefined {
    const { host, log } = this;
    const problem = fd === undefined ? 'no descriptor' : phase !== PHASE_STOPPED ? `phase ${phase}` : host.persistence === undefined ? 'the file system cannot be moved'
      : this.vrings.some(({ running }) => running) ? 'rings are running' : !carriesState(fd) ? 'a descriptor of another kind' : undefined;
    if (problem !== undefined || (direction !== StateDirection.SAVE && direction !== StateDirection.LOAD)) {
      if (fd !== undefined) native.closeFd(fd);
      return new Refusal(problem ?? `direction ${direction}`);
    }
    this.transfer?.abort();
    this.transfer = new Transfer(fd!, this.gone.signal, log, direction === StateDirection.SAVE ? (place) => save(this.current, host, this.portable, place) : (place) => this.takeUp(place));
    return undefined;
  }

  private async takeUp(place: Place): Promise<boolean> {
    const session = await load(this.host, () => this.host.openSession(LIMITS), this.whole, place);
    if (session === false) return false;
    // Rings that have started meanwhile have a session of their own.
    if (session && (this.gone.signal.aborted || this.current)) session.close();
    else if (session) this.adopt(session);
    return session === undefined || this.current === session;
  }

  private adopt(session: Session): void {
    this.current = session;
    if (!this.state) return;
    const id = this.state.begin(session);
    session.journal?.rewrite();
    if (this.inflight) this.inflight.id = id;
  }

  /** CHECK_DEVICE_STATE: whether the last transfer has succeeded, when it is over, which must be soon; false when there was none. */
  stateTransferred(): Promise<boolean> | false {
    const { transfer } = this;
    this.transfer = undefined;
    return transfer ? transfer.outcome() : false;
  }

  /** After every change of the memory table. */
  remap(): void {
    for (const vring of this.vrings) vring.remap();
  }

  /** RESET_DEVICE: rings stopped and disabled, nothing left of the guest's session. */
  reset(): void {
    for (const vring of this.vrings) vring.close();
    this.current?.close();
    this.current = undefined;
  }

  /** Answers what is in flight and fetches nothing more. */
  async quiesce(): Promise<void> {
    await Promise.all(this.vrings.map((vring) => vring.stop()));
  }

  /** What the guest holds is left to the process that comes after this one. */
  leave(): void {
    if (this.current) this.current.journal = undefined;
  }

  close(): void {
    this.gone.abort();
    this.reset();
    this.table.close();
    this.inflight?.close();
    this.inflight = undefined;
    if (this.backendSocket !== undefined) native.closeFd(this.backendSocket);
    this.backendSocket = undefined;
  }
}
