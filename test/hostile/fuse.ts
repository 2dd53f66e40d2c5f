import { constants } from 'node:fs';
import { errnoName } from '../../core/filesystem/errno.js';
import { Opcode } from '../../core/protocol/opcode.js';
import { InHeader, InitIn, InitOut, OpenIn, OpenOut, EntryOut, OutHeader, ReleaseIn } from '../../core/protocol/structs.js';
import { getU64, putU64 } from '../../core/protocol/words.js';
import { fields, join, terminated, words } from '../../driver/body.js';
import type { Device } from '../../driver/index.js';
import { encodeRequest } from '../../driver/message.js';

const ROOM = 8192;
const CALLER = { uid: 0, gid: 0, pid: 1 };
/** Everything that INIT can offer. */
export const ALL_FLAGS = 0x1ff_7fff_fffbn;

/** Words of a struct, by byte offset; those of 8 bytes by pairs of words. */
export function struct(size: number, values: Readonly<Record<number, number | bigint>> = {}): Uint8Array {
  const view = new DataView(new ArrayBuffer(size));
  for (const [offset, value] of Object.entries(values)) {
    if (typeof value === 'bigint') view.setBigUint64(Number(offset), BigInt.asUintN(64, value), true);
    else view.setUint32(Number(offset), value >>> 0, true);
  }
  return new Uint8Array(view.buffer);
}

/** Raw FUSE messages through a device's rings. */
export class Fuse {
  private unique = 0;

  constructor(readonly device: Device) {}

  close(): Promise<void> {
    return this.device.close();
  }

  /** Sends bytes as they are, with room for `capacity` bytes of reply. */
  async raw(bytes: Uint8Array, capacity = ROOM, queue = 1): Promise<Uint8Array> {
    const { length, bytes: reply } = await this.device.submit(bytes, capacity, { queue });
    if (length > capacity) throw new Error(`a reply of ${length} bytes into ${capacity}`);
    return reply.subarray(0, length);
  }

  /** A request of any body; the answer in words. */
  async ask(opcode: number, node: number, body: Uint8Array = new Uint8Array(0), capacity = ROOM): Promise<string> {
    return told(await this.raw(this.message(opcode, node, body), capacity));
  }

  /** The same, of which the reply's body matters. */
  async reply(opcode: number, node: number, body: Uint8Array, capacity = ROOM): Promise<Uint8Array> {
    const reply = await this.raw(this.message(opcode, node, body), capacity);
    if (told(reply) !== 'ok') throw new Error(`${Opcode[opcode]}: ${told(reply)}`);
    return reply.subarray(OutHeader.size_);
  }

  message(opcode: number, node: number, body: Uint8Array = new Uint8Array(0)): Uint8Array {
    return encodeRequest(opcode, (this.unique += 2), node, body, CALLER);
  }

  /** A request whose header says another length. */
  lying(opcode: number, node: number, body: Uint8Array, length: number): Promise<string> {
    const bytes = this.message(opcode, node, body);
    new DataView(bytes.buffer).setUint32(InHeader.len, length >>> 0, true);
    return this.raw(bytes).then(told);
  }

  init(flags = ALL_FLAGS, major = 7, minor = 41): Promise<string> {
    return this.ask(Opcode.INIT, 0, struct(InitIn.size_, {
      [InitIn.major]: major, [InitIn.minor]: minor, [InitIn.flags]: Number(flags & 0xffff_ffffn), [InitIn.flags2]: Number(flags >> 32n),
    }), OutHeader.size_ + InitOut.size_);
  }

  /** The node of a name in the root, or in `parent`. */
  async lookup(name: string, parent = 1): Promise<number> {
    return getU64(words(await this.reply(Opcode.LOOKUP, parent, terminated(name), OutHeader.size_ + EntryOut.size_)), EntryOut.nodeid >> 2);
  }

  /** A handle of an open file or, with OPENDIR, directory. */
  async open(node: number, flags: number = constants.O_RDWR, opcode = Opcode.OPEN): Promise<number> {
    return getU64(words(await this.reply(opcode, node, struct(OpenIn.size_, { [OpenIn.flags]: flags }), OutHeader.size_ + OpenOut.size_)), 0);
  }

  release(node: number, handle: number, opcode = Opcode.RELEASE): Promise<string> {
    const body = fields(ReleaseIn.size_);
    putU64(body, ReleaseIn.fh >> 2, handle);
    return this.ask(opcode, node, join(body));
  }
}

/** What a reply says, in a word; in more than one when it is none. */
export function told(reply: Uint8Array): string {
  if (reply.length === 0) return 'no reply';
  if (reply.length < OutHeader.size_) return `a reply of ${reply.length} bytes`;
  const view = new DataView(reply.buffer, reply.byteOffset, reply.length);
  if (view.getUint32(OutHeader.len, true) !== reply.length) return `a reply of ${reply.length} bytes that says ${view.getUint32(OutHeader.len, true)}`;
  const error = view.getInt32(OutHeader.error, true);
  if (error > 0 || error < -511) return `error ${error}`;
  return error === 0 ? 'ok' : errnoName(error);
}
