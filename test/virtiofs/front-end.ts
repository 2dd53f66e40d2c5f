import { Errno } from '../../core/filesystem/errno.js';
import { native } from '../../native/index.js';
import { connect, receiveMessage, sendMessage } from '../../native/socket.js';
import { READABLE, watch, type Watch } from '../../native/watch.js';
import { VirtqueueFlag } from '../../native/virtqueue.js';
import * as protocol from '../../transports/virtiofs/protocol/index.js';
import { GUEST, Ring, USER } from './ring.js';

const { FrontendRequest, HeaderFlag } = protocol;

/** The VMM's end of a vhost-user socket, driven message by message. */
export class FrontEnd {
  private readonly socket: number;
  private readonly watch: Watch;
  private readonly received: number[] = [];
  private wake: (() => void) | undefined;
  private closed = false;
  /** The device has hung up. */
  ended = false;

  constructor(path: string) {
    this.socket = connect(path);
    if (this.socket < 0) throw new Error(`connect: ${this.socket}`);
    this.watch = watch(this.socket, READABLE, () => this.read());
  }

  /** Sends bytes as they are. */
  write(bytes: Uint8Array, fds: readonly number[] = []): void {
    sendMessage(this.socket, bytes, Int32Array.from(fds));
  }

  send(request: number, payload?: Uint8Array, fds: readonly number[] = [], flags = 0): void {
    this.write(protocol.encodeMessage(request, flags, payload), fds);
  }

  /** Sends a request that has a reply, and waits for it. */
  async ask(request: number, payload?: Uint8Array, fds: readonly number[] = []): Promise<Uint8Array> {
    this.send(request, payload, fds);
    return this.reply(request);
  }

  /** Sends a request that has no reply of its own and waits for its acknowledgement: 0 is success. */
  async order(request: number, payload?: Uint8Array, fds: readonly number[] = []): Promise<number> {
    this.send(request, payload, fds, HeaderFlag.NEED_REPLY);
    return Number(protocol.decodeU64(await this.reply(request)));
  }

  async reply(request: number): Promise<Uint8Array> {
    const header = protocol.decodeHeader(await this.bytes(protocol.HEADER_SIZE));
    if (header instanceof protocol.Malformed || header.request !== request || !header.reply) throw new Error(`reply ${JSON.stringify(header)}`);
    return this.bytes(header.size);
  }

  /** Reads what comes, or lets it wait. */
  listen(listening: boolean): void {
    this.watch.listen(listening ? READABLE : 0);
  }

  /** Resolves when the device has hung up. */
  async end(): Promise<void> {
    while (!this.ended) await this.more();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.watch.close();
    native.closeFd(this.socket);
  }

  private async bytes(count: number): Promise<Uint8Array> {
    while (this.received.length < count) {
      if (this.ended) throw new Error('the device hung up');
      await this.more();
    }
    return Uint8Array.from(this.received.splice(0, count));
  }

  private more(): Promise<void> {
    return new Promise((resolve) => (this.wake = resolve));
  }

  private read(): void {
    // All there is: of a socket that was reset the event loop tells once.
    while (!this.ended) {
      const chunk = new Uint8Array(4096);
      const count = receiveMessage(this.socket, chunk);
      if (count === Errno.EAGAIN) break;
      if (count > 0) this.received.push(...chunk.subarray(0, count));
      else {
        this.ended = true;
        this.watch.listen(0);
      }
    }
    this.wake?.();
  }
}

/** A front-end with a guest whose only ring is the first request ring, and the fds of it. */
export class Guest {
  readonly frontEnd: FrontEnd;
  readonly kickFd = native.eventfdCreate();
  private readonly calls: Watch;
  private called: (() => void) | undefined;

  constructor(path: string, readonly ring = new Ring(8, VirtqueueFlag.EVENT_INDEX | VirtqueueFlag.INDIRECT)) {
    this.frontEnd = new FrontEnd(path);
    this.calls = watch(ring.call, READABLE, () => {
      ring.interrupts();
      this.called?.();
    });
  }

  /** As QEMU does it up to the ring's start, with SET_MEM_TABLE; every order must succeed. */
  async start(index = 1): Promise<void> {
    const { ring } = this;
    const { Feature, ProtocolFeature } = protocol;
    const state = (value: number) => protocol.encodeVringState({ index, value });
    await this.succeed(FrontendRequest.SET_PROTOCOL_FEATURES, protocol.encodeU64(protocol.featureSet(ProtocolFeature.MQ, ProtocolFeature.REPLY_ACK)));
    await this.succeed(FrontendRequest.SET_OWNER);
    const { flags } = ring.layout;
    const features = protocol.featureSet(Feature.VERSION_1, Feature.PROTOCOL_FEATURES,
      ...(flags & VirtqueueFlag.INDIRECT ? [Feature.INDIRECT_DESC] : []), ...(flags & VirtqueueFlag.EVENT_INDEX ? [Feature.EVENT_IDX] : []));
    await this.succeed(FrontendRequest.SET_FEATURES, protocol.encodeU64(features));
    await this.setMemory();
    await this.succeed(FrontendRequest.SET_VRING_NUM, state(ring.size));
    await this.startRing(index, ring.layout.next);
    await this.succeed(FrontendRequest.SET_VRING_ENABLE, state(1));
  }

  async setMemory(): Promise<void> {
    const region = { guestAddress: GUEST, size: this.ring.bytes.length, userAddress: USER, offset: 0 };
    await this.succeed(FrontendRequest.SET_MEM_TABLE, protocol.encodeMemoryTable([region]), [this.ring.fd]);
  }

  /** BASE, ADDR, CALL and KICK, which a ring needs again after every stop. */
  async startRing(index: number, base: number): Promise<void> {
    const { descriptors, available, used } = this.ring.layout;
    const fd = protocol.encodeVringFd({ index, hasFd: true });
    await this.succeed(FrontendRequest.SET_VRING_BASE, protocol.encodeVringState({ index, value: base }));
    await this.succeed(FrontendRequest.SET_VRING_ADDR, protocol.encodeVringAddress({ index, descriptors, available, used }));
    await this.succeed(FrontendRequest.SET_VRING_CALL, fd, [this.ring.call]);
    await this.succeed(FrontendRequest.SET_VRING_KICK, fd, [this.kickFd]);
  }

  async succeed(request: number, payload?: Uint8Array, fds: readonly number[] = []): Promise<void> {
    const result = await this.frontEnd.order(request, payload, fds);
    if (result !== 0) throw new Error(`${FrontendRequest[request]}: ${result}`);
  }

  kick(): void {
    native.eventfdWrite(this.kickFd, 1);
  }

  /** Resolves when the used index has come to `index`; an interrupt for it is asked for. */
  async used(index: number): Promise<void> {
    this.ring.usedEvent = index - 1;
    while (this.ring.used !== index % 0x1_0000) await new Promise<void>((resolve) => (this.called = resolve));
  }

  close(): void {
    this.calls.close();
    this.frontEnd.close();
    native.closeFd(this.kickFd);
    native.closeFd(this.ring.call);
    this.ring.close();
  }
}
