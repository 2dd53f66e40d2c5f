import { constants } from 'node:os';
import { native } from '../native/index.js';
import { connect, receiveMessage, sendMessage } from '../native/socket.js';
import { READABLE, type Watch, watch } from '../native/watch.js';
import {
  decodeHeader, decodeU64, encodeMessage, FrontendRequest, HEADER_SIZE, HeaderFlag, Malformed, MAX_PAYLOAD_SIZE,
} from '../transports/virtiofs/protocol/index.js';
import { check, DriverError } from './errors.js';

/** A reply and the descriptor that came along, which is the caller's. */
export interface ReplyWithFd {
  readonly payload: Uint8Array;
  readonly fd: number | undefined;
}

interface Awaited {
  readonly request: FrontendRequest;
  readonly resolve: (reply: ReplyWithFd) => void;
  readonly reject: (error: DriverError) => void;
}

/** The vhost-user socket, front-end side: messages out, replies in, in order (vhost-user spec, "Communication"). */
export class Connection {
  readonly #watch: Watch;
  readonly #awaited: Awaited[] = [];
  readonly #input = new Uint8Array(HEADER_SIZE + MAX_PAYLOAD_SIZE);
  /** The descriptor that came with what stands in the input. */
  readonly #fds = new Int32Array(1);
  #fd: number | undefined;
  #filled = 0;
  #failure: DriverError | undefined;
  /** Once REPLY_ACK is negotiated, every message waits for its acknowledgement. */
  acknowledged = false;
  /** Called once, when the device is gone. */
  onLost: (error: DriverError) => void = () => {};

  private constructor(private readonly fd: number) {
    this.#watch = watch(fd, READABLE, () => this.#receive());
  }

  /** Errors of connect(2) on a Unix socket; the path is at most 107 bytes. */
  static open(path: string): Connection {
    return new Connection(check(connect(path), `connect ${path}`));
  }

  /** A message that has a reply: its payload. */
  async ask(request: FrontendRequest, payload?: Uint8Array): Promise<Uint8Array> {
    const { payload: reply, fd } = await this.askFd(request, payload);
    if (fd !== undefined) native.closeFd(fd);
    return reply;
  }

  /** As `ask`, of a message whose reply brings a descriptor; `fds` go with the message. */
  async askFd(request: FrontendRequest, payload?: Uint8Array, fds?: Int32Array<ArrayBuffer>): Promise<ReplyWithFd> {
    if (!this.#send(request, 0, payload, fds)) throw this.#failure!;
    return this.#answer(request);
  }

  /** A message that has none; EPROTO when the device refuses it and says so. */
  async tell(request: FrontendRequest, payload?: Uint8Array, fds?: Int32Array<ArrayBuffer>): Promise<void> {
    const needReply = this.acknowledged;
    if (!this.#send(request, needReply ? HeaderFlag.NEED_REPLY : 0, payload, fds)) throw this.#failure!;
    if (!needReply) return;
    const { payload: answer } = await this.#answer(request);
    if (decodeU64(answer) !== 0n) throw new DriverError('EPROTO', `the device refuses ${FrontendRequest[request]}`);
  }

  /** A message with a u64 in reply. */
  async askNumber(request: FrontendRequest): Promise<bigint> {
    const value = decodeU64(await this.ask(request));
    if (value instanceof Malformed) throw new DriverError('EPROTO', `${FrontendRequest[request]}: ${value.problem}`);
    return value;
  }

  close(): void {
    this.#lose(new DriverError('ENOTCONN', 'the connection is closed'));
  }

  #answer(request: FrontendRequest): Promise<ReplyWithFd> {
    return new Promise((resolve, reject) => this.#awaited.push({ request, resolve, reject }));
  }

  #send(request: FrontendRequest, flags: number, payload?: Uint8Array, fds?: Int32Array<ArrayBuffer>): boolean {
    if (this.#failure) return false;
    const message = encodeMessage(request, flags, payload);
    // Messages go one by one and are small: a socket that cannot take one whole has a peer that does not read.
    const sent = sendMessage(this.fd, message, fds);
    if (sent === message.length) return true;
    this.#lose(new DriverError(sent < 0 ? sent : 'EPIPE', `send ${FrontendRequest[request]}`));
    return false;
  }

  /** All there is: of a socket that was reset the event loop tells once. */
  #receive(): void {
    while (!this.#failure && this.#receiveSome());
  }

  #receiveSome(): boolean {
    const received = receiveMessage(this.fd, this.#input, this.#fds, this.#filled);
    if (received === -constants.errno.EAGAIN) return false;
    if (received > 0 && this.#fds[0] >= 0) this.#keep(this.#fds[0]);
    if (received <= 0) {
      this.#lose(new DriverError(received === 0 ? 'ENOTCONN' : received, 'the device has disconnected'));
      return false;
    }
    this.#filled += received;
    while (!this.#failure && this.#take());
    return true;
  }

  /** Takes one whole reply out of the input. */
  #take(): boolean {
    if (this.#filled < HEADER_SIZE) return false;
    const header = decodeHeader(this.#input.subarray(0, HEADER_SIZE));
    const awaited = this.#awaited[0];
    if (header instanceof Malformed || !header.reply || header.request !== awaited?.request) {
      this.#lose(new DriverError('EPROTO', 'the device sends what was not asked for'));
      return false;
    }
    const end = HEADER_SIZE + header.size;
    if (this.#filled < end) return false;
    const payload = this.#input.slice(HEADER_SIZE, end);
    this.#input.copyWithin(0, end, this.#filled);
    this.#filled -= end;
    this.#awaited.shift();
    const fd = this.#fd;
    this.#fd = undefined;
    awaited.resolve({ payload, fd });
    return true;
  }

  #keep(fd: number): void {
    if (this.#fd !== undefined) native.closeFd(this.#fd);
    this.#fd = fd;
  }

  #lose(error: DriverError): void {
    if (this.#failure) return;
    this.#failure = error;
    this.#watch.close();
    native.closeFd(this.fd);
    if (this.#fd !== undefined) native.closeFd(this.#fd);
    this.#fd = undefined;
    for (const { reject } of this.#awaited.splice(0)) reject(error);
    this.onLost(error);
  }
}
