import type { Log } from '../../core/log.js';
import { native } from '../../native/index.js';
import { hungUp, sendMessage } from '../../native/socket.js';
import { READABLE, watch, type Watch } from '../../native/watch.js';
import { Device, type DeviceOptions } from './device.js';
import type { SessionHost } from '../../core/transport.js';
import { type Message, MessageReader } from './message-reader.js';
import { encodeMessage, encodeU64, FrontendRequest, hasFeature, HeaderFlag, Malformed, ProtocolFeature } from './protocol/index.js';
import { Refusal } from './refusal.js';
import type { State } from './state.js';
import { follow, type Outcome, WithFd } from './requests.js';

/** Requests that have a reply of their own: a front-end waits for it, REPLY_ACK or not. */
const REPLIED = new Set<FrontendRequest>([
  FrontendRequest.GET_FEATURES, FrontendRequest.GET_PROTOCOL_FEATURES, FrontendRequest.GET_QUEUE_NUM,
  FrontendRequest.GET_MAX_MEM_SLOTS, FrontendRequest.GET_VRING_BASE, FrontendRequest.GET_CONFIG,
  FrontendRequest.GET_INFLIGHT_FD, FrontendRequest.SET_DEVICE_STATE_FD, FrontendRequest.CHECK_DEVICE_STATE, FrontendRequest.SET_LOG_BASE,
]);

/** How long `stop` waits for requests in flight, in milliseconds. */
const PATIENCE = 3000;

/** One front-end: its messages, followed one after the other, and the device it configures by them. */
export class Connection {
  private readonly reader: MessageReader;
  private readonly device: Device;
  private readonly messages: Watch;
  private following = false;
  private closed = false;
  private sentAway = false;

  /** Takes the descriptor. `onClose` is called once, when the front-end is gone or was sent away; and whether it, or its guest, broke the device. */
  constructor(private readonly socket: number, options: DeviceOptions, host: SessionHost, state: State | undefined, private readonly log: Log, private readonly onClose: (broken: boolean) => void) {
    this.reader = new MessageReader(socket);
    this.device = new Device(options, host, state, log);
    this.messages = watch(socket, READABLE, () => this.read());
  }

  /** Follows the messages that have come; returns when there are none, the front-end is gone, or one of them takes time. */
  read(): void {
    while (!this.closed && !this.following) {
      const message = this.reader.next();
      if (message === undefined) return;
      if (message === null) return this.close();
      if (message instanceof Malformed) return this.giveUp(message.problem);
      this.receive(message);
    }
  }

  /** To be called when somebody else comes: one that has gone is not waited for, though a message of its takes time. */
  makeWay(): void {
    this.read();
    if (this.following && hungUp(this.socket)) this.close();
  }

  /** Answers the requests in flight, as far as they can be answered in time, then closes. */
  async stop(): Promise<void> {
    this.messages.listen(0);
    const patience = setTimeout(() => {
      this.device.leave();
      this.close();
    }, PATIENCE);
    await this.device.quiesce();
    clearTimeout(patience);
    this.device.leave();
    this.close();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.messages.close();
    this.reader.close();
    this.device.close();
    native.closeFd(this.socket);
    this.onClose(this.sentAway || this.device.broken);
  }

  private receive(message: Message): void {
    const outcome = follow(this.device, message.header.request, message.payload, message.fds);
    for (const fd of message.fds.splice(0)) native.closeFd(fd);
    if (outcome instanceof Promise) void this.wait(message, outcome);
    else this.answer(message, outcome);
  }

  private async wait(message: Message, outcome: Promise<Outcome>): Promise<void> {
    this.following = true;
    this.messages.listen(0);
    const result = await outcome;
    this.following = false;
    if (this.closed) return;
    this.messages.listen(READABLE);
    this.answer(message, result);
    this.read();
  }

  private answer({ header: { request, needReply } }: Message, outcome: Outcome): void {
    const name = FrontendRequest[request] ?? `request ${request}`;
    const acknowledged = needReply && hasFeature(this.device.protocolFeatures, ProtocolFeature.REPLY_ACK);
    if (outcome instanceof Refusal) {
      this.log.warn({ request: name }, `front-end: ${name} refused: ${outcome.reason}`);
      if (REPLIED.has(request)) return this.giveUp(`${name} has no answer`);
    } else {
      this.log.debug({ request: name }, 'front-end message');
    }
    if (outcome instanceof Uint8Array) this.send(request, outcome);
    else if (outcome instanceof WithFd) {
      this.send(request, outcome.payload, outcome.fd);
      native.closeFd(outcome.fd);
    }
    else if (acknowledged) this.send(request, encodeU64(outcome instanceof Refusal ? 1 : 0));
  }

  private send(request: number, payload: Uint8Array, fd?: number): void {
    const bytes = encodeMessage(request, HeaderFlag.REPLY, payload);
    const fds = fd === undefined ? undefined : Int32Array.of(fd);
    if (sendMessage(this.socket, bytes, fds) !== bytes.length) this.giveUp('it does not read its replies');
  }

  private giveUp(reason: string): void {
    this.log.warn({}, `front-end sent away: ${reason}`);
    this.sentAway = true;
    this.close();
  }
}
