import { InHeader, InitIn, OutHeader } from '../../core/protocol/structs.js';
import { Dispatcher } from '../../core/dispatch/dispatcher.js';
import { NodeTable } from '../../core/filesystem/nodes.js';
import type { Log } from '../../core/log.js';
import { Opcode } from '../../core/protocol/opcode.js';
import { type CacheOptions, CachePolicy } from '../../core/session/cache-policy.js';
import { type MountContext, Session } from '../../core/session/session.js';
import { LoopbackChannel } from '../../transports/loopback/channel.js';

export interface Answer {
  readonly error: number;
  readonly unique: number;
  readonly body: DataView;
}

/** A kernel's side of a session in this process: raw requests in, raw replies out. */
export class Client {
  readonly logged: { fields: object; message: string }[] = [];
  readonly session: Session;
  readonly channel: LoopbackChannel;
  /** Who asks. */
  uid = 0;
  gid = 0;
  private unique = 2;

  constructor(plugin: object, cache: Partial<CacheOptions> = {}, readonly nodes = new NodeTable(), maps: Pick<MountContext, 'idMaps' | 'xattrMap'> = {}) {
    const keep = (fields: object, message: string) => this.logged.push({ fields, message });
    const log: Log = { debug() {}, info() {}, warn: keep, error: keep };
    const policy = new CachePolicy({ mode: 'auto', timeout: 1, writeback: false, ...cache });
    this.session = new Session({ plugin: new Dispatcher(plugin), nodes: this.nodes, cache: policy, log, poll: 0, ...maps }, { maxWrite: 1 << 20, maxPages: 256, maxBackground: 16 });
    this.channel = new LoopbackChannel(16, () => receiver.run());
    const receiver = this.session.attach(this.channel);
  }

  /** Sends bytes as they are; the raw reply. */
  raw(bytes: Uint8Array): Promise<Uint8Array> {
    return this.channel.request(bytes);
  }

  /** Sends a request with a right header around `body`, of which the last `extension` bytes are extensions. */
  async request(opcode: number, node: number, body: Uint8Array = new Uint8Array(0), unique = this.next(), extension = 0): Promise<Answer> {
    const message = new Uint8Array(InHeader.size_ + body.length);
    const view = new DataView(message.buffer);
    view.setUint32(InHeader.len, message.length, true);
    view.setUint32(InHeader.opcode, opcode, true);
    view.setBigUint64(InHeader.unique, BigInt(unique), true);
    view.setBigUint64(InHeader.nodeid, BigInt(node), true);
    view.setUint32(InHeader.uid, this.uid, true);
    view.setUint32(InHeader.gid, this.gid, true);
    view.setUint16(InHeader.total_extlen, extension / 8, true);
    message.set(body, InHeader.size_);
    return answer(await this.raw(message));
  }

  next(): number {
    return (this.unique += 2);
  }

  /** INIT as Linux 6.12 sends it, with every flag offered. */
  init(major = 7, minor = 41, flags = 0x7fff_fffb, flags2 = 0x1ff): Promise<Answer> {
    return this.request(Opcode.INIT, 0, words(InitIn.size_, { [InitIn.major]: major, [InitIn.minor]: minor, [InitIn.flags]: flags, [InitIn.flags2]: flags2 }));
  }
}

export function answer(reply: Uint8Array): Answer {
  const view = new DataView(reply.buffer, reply.byteOffset, reply.length);
  if (reply.length < OutHeader.size_) return { error: 0, unique: 0, body: view };
  return {
    error: view.getInt32(OutHeader.error, true),
    unique: Number(view.getBigUint64(OutHeader.unique, true)),
    body: new DataView(reply.buffer, reply.byteOffset + OutHeader.size_, reply.length - OutHeader.size_),
  };
}

/** A struct of `size` bytes with 32-bit words at the given offsets. */
export function words(size: number, values: Record<number, number>): Uint8Array {
  const view = new DataView(new ArrayBuffer(size));
  for (const [offset, value] of Object.entries(values)) view.setUint32(Number(offset), value, true);
  return new Uint8Array(view.buffer);
}

/** A NUL-terminated string. */
export const text = (name: string): Uint8Array => new TextEncoder().encode(`${name}\0`);

export function join(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
