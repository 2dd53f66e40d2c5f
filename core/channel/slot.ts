/**
 * A slot holds one request in flight: its control words, the reply's header and body, and the request's header and
 * arguments. Slots lie in the slab at multiples of `Slot.SIZE` from a channel's base; native code mirrors this layout in
 * `native/src/slot.h`. All offsets in bytes from the start of the slot; all words are native-endian.
 *
 * SIZE is an odd number of cache lines, so that the first lines of neighbouring slots fall into different cache sets.
 */
export const enum Slot {
  /** u32: length of the whole request message, header included, as the transport delivered it. */
  inLength = 0,
  /** u32: how many of these bytes stand at `request`; WRITE has its data left behind, others at most REQUEST_SIZE. */
  inInline = 4,
  /** u32: bytes the transport can take as reply, header included; 0 when no reply is possible. */
  outCapacity = 8,
  /** u32: byte offset in the slab of this slot's payload buffer, 0 when it has none. */
  payload = 12,
  /** 24 bytes that belong to the channel. */
  channel = 16,
  /** u32, LOOKUP: 1 when shortcuts have found the file and left the answer to the session: its attributes stand in the reply, its identity at `identity`. */
  found = 40,
  /** u32, i32: bytes of the reply's body that a request has put in place, and of payload behind it, or a negative errno. */
  body = 48,
  sent = 52,
  /** u32: the node of another file system to which the request has been passed on; 0: it has not been. */
  inner = 56,
  /** u32: how many file systems it has been passed into. */
  depth = 60,
  /** `fuse_out_header` and the fixed part of the reply's body. */
  reply = 64,
  /** Behind a reply's `fuse_out_header` and `fuse_entry_out`. */
  identity = 208,
  /** `fuse_in_header`, arguments, names. */
  request = 448,
  SIZE = 8768,
}

/** Bytes for `fuse_out_header` plus body. */
export const REPLY_SIZE = Slot.request - Slot.reply;
/** Bytes of a request that are gathered into its slot: header, arguments, two paths of PATH_MAX. */
export const REQUEST_SIZE = Slot.SIZE - Slot.request;
/** Size in bytes of a payload buffer: the largest WRITE or READ (1 MiB), header and arguments. */
export const PAYLOAD_SIZE = 0x10_2000;
