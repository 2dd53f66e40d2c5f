import { ForgetIn, InterruptIn, OutHeader } from '../core/protocol/structs.js';
import { Opcode } from '../core/protocol/opcode.js';
import { native } from '../native/index.js';
import { Feature, featureSet, FrontendRequest, hasFeature, ProtocolFeature } from '../transports/virtiofs/protocol/index.js';
import { bench, type BenchOptions, type BenchResult } from './bench.js';
import type { LaneCycles } from './bench-program.js';
import { Chain, type ChainLayout } from './chain.js';
import { Connection } from './connection.js';
import { SavedState } from './device-state.js';
import { DriverError } from './errors.js';
import { attach, negotiate, type Negotiated } from './handshake.js';
import { type InflightFile, requestInflight } from './inflight.js';
import { GuestMemory } from './memory.js';
import { type Caller, decodeReply, encodeRequest, type Reply } from './message.js';
import { complete, type CompleteOptions, type DeviceOptions } from './options.js';
import { Queue, type Used } from './queue.js';
import { reconnect } from './reconnect.js';
import { startRings, stopRings } from './vring.js';

export interface SubmitOptions {
  /** The ring: 0 is hiprio, request queues start at 1. The least busy request queue when absent. */
  readonly queue?: number;
  readonly layout?: ChainLayout;
}

export interface RequestOptions extends SubmitOptions {
  /** The device's own caller when absent. */
  readonly caller?: Caller;
  /** Bytes of extension headers at the body's end, a multiple of 8. */
  readonly extensions?: number;
  /** Sends INTERRUPT when it is aborted while the request is in flight; the answer is EINTR then, or came first. */
  readonly signal?: AbortSignal;
}

const EMPTY = new Uint8Array(0);
/** Linux puts a FORGET into one descriptor. */
const WHOLE: ChainLayout = {};

/** A virtio-fs device, seen from its driver: rings, and FUSE messages through them. */
export class Device {
  /** Called once when the device goes away by itself. */
  onLost: (error: DriverError) => void = () => {};
  /** How often it has gone on with another server. */
  reconnects = 0;
  #unique = 0;
  #closed = false;

  private constructor(
    private connection: Connection,
    private readonly memory: GuestMemory,
    private readonly queues: readonly Queue[],
    /** What the device is known by. */
    readonly tag: string,
    readonly negotiated: Negotiated,
    private readonly inflight: InflightFile | undefined,
    private socketPath: string,
    private readonly options: CompleteOptions,
  ) {
    this.#watch();
  }

  /**
   * Connects to a vhost-user-fs device and starts its rings. Errors of connect(2); EINVAL for an empty tag; EPROTO for a
   * device that refuses the handshake.
   */
  static async open(socketPath: string, options: DeviceOptions = {}): Promise<Device> {
    const wanted = complete(options);
    const connection = Connection.open(socketPath);
    let memory: GuestMemory | undefined;
    let inflight: InflightFile | undefined;
    const queues: Queue[] = [];
    try {
      const negotiated = await negotiate(connection, featureSet(
        ...(wanted.indirect ? [Feature.INDIRECT_DESC] : []),
        ...(wanted.eventIndex ? [Feature.EVENT_IDX] : []),
        ...(wanted.packed ? [Feature.RING_PACKED] : []),
      ));
      const { features, rings, config } = negotiated;
      const tag = config ? config.tag : wanted.tag ?? socketPath;
      if (tag === '') throw new DriverError('EINVAL', 'a device with an empty tag');
      const requestQueues = Math.min(wanted.queues, config?.requestQueues ?? Infinity, (rings ?? 2) - 1);
      if (requestQueues < 1) throw new DriverError('EINVAL', 'a device without request queues');

      memory = new GuestMemory(wanted.memory);
      const indirect = hasFeature(features, Feature.INDIRECT_DESC);
      const eventIndex = hasFeature(features, Feature.EVENT_IDX);
      const packed = hasFeature(features, Feature.RING_PACKED);
      for (let i = 0; i <= requestQueues; i++) queues.push(new Queue(memory, { size: wanted.queueSize, indirect, eventIndex, packed, spin: wanted.spin }));
      if (wanted.reconnect > 0) inflight = await requestInflight(connection, negotiated, queues.length, wanted.queueSize);
      await attach(connection, negotiated, memory, queues, inflight);
      return new Device(connection, memory, queues, tag, negotiated, inflight, socketPath, wanted);
    } catch (error) {
      connection.close();
      for (const queue of queues) queue.close();
      memory?.close();
      if (inflight) native.closeFd(inflight.fd);
      throw error;
    }
  }

  #watch(): void {
    this.connection.onLost = (error) => {
      if (this.inflight && !this.#closed) void this.#recover(this.inflight);
      else this.#lose(error);
    };
  }

  #lose(error: DriverError): void {
    for (const queue of this.queues) queue.fail(new DriverError('ENOTCONN', error.what));
    this.onLost(error);
  }

  /** Goes on with the server that is started in place of the one that has gone. */
  async #recover(inflight: InflightFile): Promise<void> {
    const { negotiated, memory, queues } = this;
    try {
      this.connection = await reconnect(this.socketPath, this.options.reconnect, async (connection) => {
        const now = await negotiate(connection, negotiated.features);
        if (now.features !== negotiated.features) throw new DriverError('EPROTO', 'a server with other features than before');
        await attach(connection, now, memory, queues, inflight);
      }, () => this.#closed);
    } catch (error) {
      return this.#lose(error as DriverError);
    }
    if (this.#closed) return this.connection.close();
    this.#watch();
    this.reconnects++;
    for (const queue of queues) queue.recheck();
  }

  get requestQueues(): number {
    return this.queues.length - 1;
  }

  /** Chains in flight, FORGETs among them. */
  get inFlight(): number {
    return this.queues.reduce((sum, queue) => sum + queue.count, 0);
  }

  /** Puts any bytes into a ring, with room for `capacity` bytes of reply; what comes back is not checked. */
  submit(bytes: Uint8Array, capacity: number, { queue, layout }: SubmitOptions = {}): Promise<Used> {
    const ring = queue === undefined ? this.#leastBusy() : this.queues[queue];
    if (!ring) return Promise.reject(new DriverError('EINVAL', `queue ${queue}`));
    return ring.submit(new Chain(bytes, capacity, layout));
  }

  /**
   * Sends a FUSE request, with room for `replySize` bytes behind `fuse_out_header`. An errno is an answer; EIO for an
   * answer that is none, ENOTCONN when the device is gone.
   */
  async request(opcode: Opcode, node: number, body: Uint8Array = EMPTY, replySize = 0, options: RequestOptions = {}): Promise<Reply> {
    const unique = (this.#unique += 2);
    const message = encodeRequest(opcode, unique, node, body, options.caller ?? this.options.caller, options.extensions);
    const { signal } = options;
    const interrupt = (): void => void this.interrupt(unique).catch(() => {});
    if (signal?.aborted) throw new DriverError('EINTR', Opcode[opcode]);
    signal?.addEventListener('abort', interrupt);
    try {
      return decodeReply(await this.submit(message, OutHeader.size_ + replySize, options), unique);
    } finally {
      signal?.removeEventListener('abort', interrupt);
    }
  }

  /** Asks the device to give the request `unique` up. Resolves when it has taken note; what counts is that request's answer. */
  private async interrupt(unique: number): Promise<void> {
    const body = new Uint8Array(InterruptIn.size_);
    new DataView(body.buffer).setBigUint64(InterruptIn.unique, BigInt(unique), true);
    // The kernel's id of an INTERRUPT is the request's with the lowest bit set (FUSE_INT_REQ_BIT).
    const message = encodeRequest(Opcode.INTERRUPT, unique + 1, 0, body, { uid: 0, gid: 0, pid: 0 });
    await this.submit(message, 0, { queue: 0, layout: WHOLE });
  }

  /** Takes `lookups` look-ups of a node back. Resolves when the device has taken note; there is no answer. */
  async forget(node: number, lookups: number): Promise<void> {
    const body = new Uint8Array(ForgetIn.size_);
    new DataView(body.buffer).setBigUint64(ForgetIn.nlookup, BigInt(lookups), true);
    const message = encodeRequest(Opcode.FORGET, (this.#unique += 2), node, body, { uid: 0, gid: 0, pid: 0 });
    await this.submit(message, 0, { queue: 0, layout: WHOLE });
  }

  /**
   * Runs cycles of requests from several lanes at once, spread over the request queues, in native code; the event loop
   * stands still meanwhile. EBUSY while something is in flight; EPROTO for an answer that was not expected, ETIMEDOUT for
   * none in ten seconds, after which the device is good for `close` alone.
   */
  bench(cycles: LaneCycles, options: BenchOptions): BenchResult {
    if (this.inFlight > 0) throw new DriverError('EBUSY', 'bench');
    try {
      return bench(this.memory, this.queues, cycles, this.options.caller, options);
    } catch (error) {
      // The rings may hold chains that only the load generator knows.
      if (error instanceof DriverError) for (const queue of this.queues) queue.fail(error);
      throw error;
    }
  }

  /**
   * Takes the rings back: what the device has fetched is answered first; from then on it neither writes to memory nor calls,
   * and keeps its state. What is submitted meanwhile waits for `resume`.
   */
  async suspend(): Promise<void> {
    await stopRings(this.connection, this.queues);
  }

  /** Gives the rings to the device again. */
  async resume(): Promise<void> {
    const enable = hasFeature(this.negotiated.features, Feature.PROTOCOL_FEATURES);
    await startRings(this.connection, this.queues, this.memory, enable);
    for (const queue of this.queues) queue.recheck();
  }

  /**
   * Has the device forget what its guest held, as a guest does that is started again: the session is over, and INIT begins the
   * next one. What is in flight is answered first. EOPNOTSUPP for a device that cannot do that while it is connected.
   */
  async reset(): Promise<void> {
    if (!hasFeature(this.negotiated.protocolFeatures, ProtocolFeature.RESET_DEVICE)) throw new DriverError('EOPNOTSUPP', 'RESET_DEVICE');
    await this.suspend();
    await this.connection.tell(FrontendRequest.RESET_DEVICE);
    await this.resume();
  }

  /**
   * Goes on with another server, which takes up all that this one holds: nodes, open files, locks. What is in flight is answered
   * first, what is submitted meanwhile waits. EPROTO when either of them cannot do that: with the old one then, if it is the
   * new one that cannot.
   */
  async moveTo(socketPath: string): Promise<void> {
    const { negotiated, memory, queues, connection } = this;
    if (!hasFeature(negotiated.protocolFeatures, ProtocolFeature.DEVICE_STATE)) throw new DriverError('EPROTO', 'a device that cannot be moved');
    await this.suspend();
    let next: Connection | undefined;
    const state = new SavedState();
    try {
      await state.saveFrom(connection);
      const other = (next = Connection.open(socketPath));
      const now = await negotiate(other, negotiated.features);
      if (now.features !== negotiated.features) throw new DriverError('EPROTO', 'a server with other features');
      await attach(other, now, memory, queues, this.inflight, () => state.loadInto(other));
    } catch (error) {
      next?.close();
      await this.resume();
      throw error;
    } finally {
      state.close();
    }
    connection.onLost = () => {};
    connection.close();
    this.connection = next;
    this.socketPath = socketPath;
    this.#watch();
    for (const queue of queues) queue.recheck();
  }

  /** Resolves when nothing is in flight. */
  async drained(): Promise<void> {
    await Promise.all(this.queues.map((queue) => queue.drained()));
  }

  /** Takes the rings back and disconnects. What is in flight fails with ENOTCONN; the device is not waited for then. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.onLost = () => {};
    try {
      if (this.inFlight === 0) await stopRings(this.connection, this.queues);
    } catch {
      // It is gone already, which is as good.
    }
    this.connection.close();
    for (const queue of this.queues) queue.close();
    this.memory.close();
    if (this.inflight) native.closeFd(this.inflight.fd);
  }

  #leastBusy(): Queue {
    let best = this.queues[1];
    for (let i = 2; i < this.queues.length; i++) if (this.queues[i].count < best.count) best = this.queues[i];
    return best;
  }
}
