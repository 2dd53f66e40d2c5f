import { OutHeader, InHeader } from '../core/protocol/structs.js';
import type { Opcode } from '../core/protocol/opcode.js';
import { DriverError } from './errors.js';
import type { Used } from './queue.js';

/** Who makes a request, as the kernel tells it in `fuse_in_header`. */
export interface Caller {
  readonly uid: number;
  readonly gid: number;
  readonly pid: number;
}

/** The answer to a request. */
export interface Reply {
  /** 0, or a positive errno. */
  readonly error: number;
  /** What follows `fuse_out_header`. */
  readonly body: Uint8Array;
}

const WORD = 2 ** 32;
/** Errors that a server may answer with lie below it (kernel, `fuse_dev_do_write`). */
const ERRNO_LIMIT = 512;

/** A whole request. `extensions`: how many of the body's last bytes are extension headers, a multiple of 8. */
export function encodeRequest(opcode: Opcode, unique: number, node: number, body: Uint8Array, caller: Caller, extensions = 0): Uint8Array {
  const message = new Uint8Array(InHeader.size_ + body.length);
  const view = new DataView(message.buffer);
  view.setUint32(InHeader.len, message.length, true);
  view.setUint32(InHeader.opcode, opcode, true);
  view.setUint32(InHeader.unique, unique % WORD, true);
  view.setUint32(InHeader.unique + 4, Math.floor(unique / WORD), true);
  view.setUint32(InHeader.nodeid, node % WORD, true);
  view.setUint32(InHeader.nodeid + 4, Math.floor(node / WORD), true);
  view.setUint32(InHeader.uid, caller.uid, true);
  view.setUint32(InHeader.gid, caller.gid, true);
  view.setUint32(InHeader.pid, caller.pid, true);
  view.setUint16(InHeader.total_extlen, extensions / 8, true);
  message.set(body, InHeader.size_);
  return message;
}

/**
 * Checks what came back as Linux 7.1 does (`virtio_fs_verify_response`): the used length is the header's, the header is
 * whole, and the answer is to this request; EIO otherwise.
 */
export function decodeReply({ length, bytes }: Used, unique: number): Reply {
  if (length < OutHeader.size_) throw new DriverError('EIO', `a reply with used length ${length}`);
  if (length > bytes.length) throw new DriverError('EIO', `a reply of ${length} bytes into ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const claimed = view.getUint32(OutHeader.len, true);
  if (claimed !== length) throw new DriverError('EIO', `a reply of ${claimed} bytes with used length ${length}`);
  const answered = view.getUint32(OutHeader.unique, true) + view.getUint32(OutHeader.unique + 4, true) * WORD;
  if (answered !== unique) throw new DriverError('EIO', `a reply to request ${answered} in place of ${unique}`);
  const error = view.getInt32(OutHeader.error, true);
  if (error > 0 || error <= -ERRNO_LIMIT) throw new DriverError('EIO', `a reply with error ${error}`);
  return { error: Math.abs(error), body: bytes.subarray(OutHeader.size_) };
}
