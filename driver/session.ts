import { ROOT_NODE } from '../core/protocol/flags.js';
import { Opcode } from '../core/protocol/opcode.js';
import { EntryOut, InitOut } from '../core/protocol/structs.js';
import { getU64 } from '../core/protocol/words.js';
import { terminated, words } from './body.js';
import type { Device, RequestOptions } from './device.js';
import { Entry } from './entry.js';
import { DriverError } from './errors.js';
import { decodeInit, encodeInit, type Init, type InitOptions } from './init.js';
import { Nodes } from './nodes.js';
import { decodeStats } from './stats.js';

/** What the server agreed to that a kernel finds out by trying: opens that it need not hear of. */
interface Learned {
  noOpen: boolean;
  noOpendir: boolean;
}

/** A mounted device: from INIT to DESTROY. */
export class Session {
  readonly nodes: Nodes;
  readonly root = new Entry(ROOT_NODE, undefined, () => {});
  readonly learned: Learned = { noOpen: false, noOpendir: false };

  private constructor(readonly device: Device, readonly init: Init) {
    // A device that is gone has forgotten by itself.
    this.nodes = new Nodes((node, lookups) => void device.forget(node, lookups).catch(() => {}));
  }

  /** Sends INIT; ECONNREFUSED when the server and the driver do not agree, as mount(2) has it. */
  static async start(device: Device, options: InitOptions = {}): Promise<Session> {
    const { error, body } = await device.request(Opcode.INIT, 0, encodeInit(options), InitOut.size_);
    const init = error === 0 ? decodeInit(body, options) : undefined;
    if (!init) throw new DriverError('ECONNREFUSED', 'INIT');
    return new Session(device, init);
  }

  /** A request whose answer is `size` bytes long; an errno rejects, and so does any other length, with EIO. */
  async call(opcode: Opcode, node: number, body: Uint8Array | undefined, size: number, options?: RequestOptions): Promise<Uint32Array> {
    const reply = await this.callBytes(opcode, node, body, size, options);
    if (reply.length !== size) throw new DriverError('EIO', `a reply of ${reply.length} bytes to ${Opcode[opcode]}`);
    return words(reply);
  }

  /** A request whose answer is at most `most` bytes long. */
  async callBytes(opcode: Opcode, node: number, body: Uint8Array | undefined, most: number, options?: RequestOptions): Promise<Uint8Array> {
    const reply = await this.device.request(opcode, node, body, most, options);
    if (reply.error !== 0) throw new DriverError(reply.error, Opcode[opcode]);
    return reply.body;
  }

  /** ENOENT for a negative entry as well. */
  async lookup(parent: number, name: string): Promise<Entry> {
    return this.entry(await this.call(Opcode.LOOKUP, parent, terminated(name), EntryOut.size_));
  }

  /** A request answered with an entry: MKDIR and its like. */
  async make(opcode: Opcode, parent: number, body: Uint8Array): Promise<Entry> {
    return this.entry(await this.call(opcode, parent, body, EntryOut.size_));
  }

  /** Takes over the node of `struct fuse_entry_out` at byte offset `at`. */
  entry(reply: Uint32Array, at = 0): Entry {
    const node = getU64(reply, at + EntryOut.nodeid >> 2);
    if (node === 0) throw new DriverError('ENOENT', 'LOOKUP');
    if (!Number.isSafeInteger(node)) throw new DriverError('EOVERFLOW', `node id ${node}`);
    this.nodes.found(node);
    return new Entry(node, decodeStats(reply, at + EntryOut.attr), () => this.nodes.release(node));
  }

  /** Another use of the same node. */
  share({ node, stats }: Entry): Entry {
    this.nodes.use(node);
    return new Entry(node, stats, () => this.nodes.release(node));
  }

  /** The server has forgotten it by itself. */
  abandon(): void {
    this.nodes.clear();
  }

  /** Forgets every node, waits until nothing is in flight, and says DESTROY. */
  async end(): Promise<void> {
    this.nodes.forgetAll();
    await this.device.drained();
    // What it answers makes no difference any more, and some servers answer nothing.
    await this.device.request(Opcode.DESTROY, 0).catch(() => {});
  }
}
