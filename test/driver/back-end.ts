import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { native } from '../../native/index.js';
import { accept, listen, receiveMessage, sendMessage } from '../../native/socket.js';
import { READABLE, type Watch, watch } from '../../native/watch.js';
import {
  decodeHeader, encodeConfigSpace, encodeDeviceConfig, encodeMessage, encodeU64, encodeVringState, Feature, featureSet, FrontendRequest, HEADER_SIZE,
  HeaderFlag, Malformed, ProtocolFeature,
} from '../../transports/virtiofs/protocol/index.js';
import { temporaryDirectory } from './peers.js';

export interface BackEndOptions {
  readonly features?: bigint;
  readonly protocolFeatures?: bigint;
  readonly tag?: string;
  readonly rings?: number;
  /** Messages that get a refusal for an acknowledgement. */
  readonly refused?: readonly FrontendRequest[];
}

const FEATURES = featureSet(Feature.VERSION_1, Feature.PROTOCOL_FEATURES);
const PROTOCOL_FEATURES = featureSet(ProtocolFeature.MQ, ProtocolFeature.REPLY_ACK, ProtocolFeature.CONFIG, ProtocolFeature.CONFIGURE_MEM_SLOTS);

/** A vhost-user back-end that says yes to everything and serves nothing: for handshakes that no real server has. */
export class BackEnd {
  readonly socket: string;
  readonly heard: FrontendRequest[] = [];
  readonly #watches: Watch[] = [];
  readonly #fds: number[] = [];
  readonly #input = new Uint8Array(4096);

  constructor(t: ExecutionContext, private readonly options: BackEndOptions = {}) {
    this.socket = path.join(temporaryDirectory(t), 'socket');
    const listener = listen(this.socket, 0o600);
    this.#fds.push(listener);
    this.#watches.push(watch(listener, READABLE, () => this.#accept(listener)));
    t.teardown(() => this.stop());
  }

  /** Hangs up. */
  stop(): void {
    for (const handle of this.#watches.splice(0)) handle.close();
    for (const fd of this.#fds.splice(0)) native.closeFd(fd);
  }

  #accept(listener: number): void {
    const fd = accept(listener);
    if (fd < 0) return;
    this.#fds.push(fd);
    this.#watches.push(watch(fd, READABLE, () => this.#receive(fd)));
  }

  #receive(fd: number): void {
    const received = receiveMessage(fd, this.#input);
    for (let at = 0; at < received;) {
      const header = decodeHeader(this.#input.subarray(at));
      if (header instanceof Malformed) throw new Error(header.problem);
      this.heard.push(header.request);
      const answer = this.#answer(header.request) ?? (header.needReply ? encodeU64(this.options.refused?.includes(header.request) ? 1 : 0) : undefined);
      if (answer) sendMessage(fd, encodeMessage(header.request, HeaderFlag.REPLY, answer));
      at += HEADER_SIZE + header.size;
    }
  }

  #answer(request: FrontendRequest): Uint8Array | undefined {
    const { features = FEATURES, protocolFeatures = PROTOCOL_FEATURES, tag = 'tag', rings = 2 } = this.options;
    switch (request) {
      case FrontendRequest.GET_FEATURES: return encodeU64(features);
      case FrontendRequest.GET_PROTOCOL_FEATURES: return encodeU64(protocolFeatures);
      case FrontendRequest.GET_QUEUE_NUM: return encodeU64(rings);
      case FrontendRequest.GET_VRING_BASE: return encodeVringState({ index: 0, value: 0 });
      case FrontendRequest.GET_CONFIG: {
        return encodeDeviceConfig({ offset: 0, flags: 0, data: encodeConfigSpace({ tag, requestQueues: rings - 1 }) });
      }
      default: return undefined;
    }
  }
}
