/** What native/src/loopback_channel.cc exports. */
export interface LoopbackFunctions {
  loopbackCreate(base: number, slots: number, payloads: number): number;
  /** Copies a request into a free slot, listed by the next drain: its number. -EAGAIN: none is free. -EMSGSIZE: too long. */
  loopbackSubmit(id: number, request: Uint8Array): number;
}
