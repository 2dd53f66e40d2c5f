import { MAX_PAYLOAD_SIZE } from './limits.js';
import { Malformed } from './malformed.js';

/** Bytes of the header: u32 request, u32 flags, u32 payload size (vhost-user spec, "Header"). */
export const HEADER_SIZE = 12;

/** The flags word: the version in bits 0 and 1, then two flags. */
export const enum HeaderFlag {
  VERSION = 0x1,
  VERSION_MASK = 0x3,
  REPLY = 0x4,
  /** The sender waits for a reply even to a message that has none of its own (REPLY_ACK). */
  NEED_REPLY = 0x8,
}

export interface Header {
  /** `FrontendRequest` or `BackendRequest`, whichever way the message goes; not checked to be a known one. */
  readonly request: number;
  readonly reply: boolean;
  readonly needReply: boolean;
  /** Bytes of payload that follow, at most MAX_PAYLOAD_SIZE. */
  readonly size: number;
}

/** A stream with a malformed header has lost its framing: nothing after it can be read. */
export function decodeHeader(bytes: Uint8Array): Header | Malformed {
  if (bytes.length < HEADER_SIZE) return new Malformed(`header of ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_SIZE);
  const flags = view.getUint32(4, true);
  const size = view.getUint32(8, true);
  if ((flags & HeaderFlag.VERSION_MASK) !== HeaderFlag.VERSION) return new Malformed(`version ${flags & HeaderFlag.VERSION_MASK}`);
  if (size > MAX_PAYLOAD_SIZE) return new Malformed(`payload of ${size} bytes`);
  return {
    request: view.getUint32(0, true),
    reply: (flags & HeaderFlag.REPLY) !== 0,
    needReply: (flags & HeaderFlag.NEED_REPLY) !== 0,
    size,
  };
}

/** A whole message. `flags`: REPLY or NEED_REPLY; the version is added. */
export function encodeMessage(request: number, flags: number, payload: Uint8Array = new Uint8Array(0)): Uint8Array {
  const message = new Uint8Array(HEADER_SIZE + payload.length);
  const view = new DataView(message.buffer);
  view.setUint32(0, request, true);
  view.setUint32(4, flags | HeaderFlag.VERSION, true);
  view.setUint32(8, payload.length, true);
  message.set(payload, HEADER_SIZE);
  return message;
}
