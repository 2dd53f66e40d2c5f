import { z } from 'zod';
import { Host, Transport } from '../../core/filesystem/decorators.js';
import type { Receiver } from '../../core/session/receiver.js';
import type { Session } from '../../core/session/session.js';
import type { SessionHost, TransportInstance } from '../../core/transport.js';
import { LoopbackChannel } from './channel.js';

/** Requests in flight. */
const SLOTS = 16;
const LIMITS = { maxWrite: 1 << 20, maxPages: 256, maxBackground: SLOTS };

/** Serves raw FUSE requests of this very process. Not for config files: `request` is reached by those who hold the mount. */
@Transport({ name: 'loopback', options: z.strictObject({}), description: 'serves requests made in this process' })
export class LoopbackTransport implements TransportInstance {
  private channel!: LoopbackChannel;
  private session!: Session;

  constructor(@Host() private readonly host: SessionHost) {}

  start(): Promise<void> {
    this.session = this.host.openSession(LIMITS);
    this.channel = new LoopbackChannel(SLOTS, () => receiver.run());
    const receiver: Receiver = this.session.attach(this.channel);
    return Promise.resolve();
  }

  /** Sends a raw request; resolves with the raw reply, empty for one that has none. */
  request(message: Uint8Array): Promise<Uint8Array> {
    return this.channel.request(message);
  }

  stop(): Promise<void> {
    this.session.close();
    this.channel.close();
    return Promise.resolve();
  }
}
