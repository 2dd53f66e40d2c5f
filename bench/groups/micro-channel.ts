import { constants } from 'node:os';
import { z } from 'zod';
import { Slot } from '../../core/channel/slot.js';
import { Host, Transport } from '../../core/filesystem/decorators.js';
import { InHeader, OutHeader } from '../../core/protocol/structs.js';
import type { Receiver } from '../../core/session/receiver.js';
import type { SessionHost, TransportInstance } from '../../core/transport.js';
import { BufferedChannel } from '../../native/buffered-channel.js';
import { native, slab } from '../../native/index.js';

const { EAGAIN } = constants.errno;
const SLOTS = 32;

/** A channel without a transport that keeps no account of who asked. */
class MicroChannel extends BufferedChannel {
  last = 0;

  constructor() {
    super(SLOTS, (base, count, payloads) => native.loopbackCreate(base, count, payloads));
  }

  /** -EAGAIN when no slot is free. */
  submit(message: Uint8Array): number {
    return native.loopbackSubmit(this.id, message);
  }

  override finish(slot: number, inline: number, payload: number): void {
    this.last = slot;
    super.finish(slot, inline, payload);
  }
}

/** Calls a session in this process, in batches, with nothing in between that is not the session's own. */
@Transport({ name: 'micro', options: z.object({}), description: 'measures a session' })
export class MicroTransport implements TransportInstance {
  static latest: MicroTransport;
  private readonly channel = new MicroChannel();
  private receiver: Receiver | undefined;

  constructor(@Host() private readonly host: SessionHost) {
    MicroTransport.latest = this;
  }

  async start(): Promise<void> {
    this.receiver = this.host.openSession({ maxWrite: 1 << 20, maxPages: 256, maxBackground: SLOTS }).attach(this.channel);
  }

  async stop(): Promise<void> {
    this.channel.close();
  }

  /** Puts messages in, as many as there are slots, without having them answered by a session. */
  skip(messages: readonly Uint8Array[]): void {
    this.fill(messages);
    const count = this.channel.drain(0);
    for (let i = 0; i < count; i++) this.channel.finish(this.channel.ready[i]!, OutHeader.size_, 0);
    this.channel.commit();
  }

  /** Has messages answered, as many as there are slots. */
  run(messages: readonly Uint8Array[]): void {
    this.fill(messages);
    this.receiver!.run();
  }

  /** One request; the words of the reply's fixed part behind `fuse_out_header`. Throws what is no success. */
  ask(message: Uint8Array): Uint32Array {
    this.run([message]);
    const reply = this.channel.base + this.channel.last * Slot.SIZE + Slot.reply;
    const error = slab.i32[(reply + OutHeader.error) >> 2]!;
    if (error !== 0) throw new Error(`opcode ${new DataView(message.buffer).getUint32(InHeader.opcode, true)} is answered with ${error}`);
    return slab.u32.slice((reply + OutHeader.size_) >> 2, (reply + Slot.request - Slot.reply) >> 2);
  }

  private fill(messages: readonly Uint8Array[]): void {
    for (let i = 0; i < messages.length; i++) if (this.channel.submit(messages[i]!) === -EAGAIN) throw new Error('more messages than slots');
  }
}
