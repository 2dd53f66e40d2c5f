import { isPassed } from '../../core/config/index.js';
import { Host, Logger, Options, Transport } from '../../core/filesystem/decorators.js';
import type { Log } from '../../core/log.js';
import type { SessionHost, TransportInstance } from '../../core/transport.js';
import { native } from '../../native/index.js';
import { Listener } from '../listener.js';
import { takePassed } from '../passed.js';
import { Connection } from './connection.js';
import { LIMITS } from './device.js';
import { Pace } from './pace.js';
import { options, type VirtiofsOptions } from './options.js';
import { State } from './state.js';

/** A virtio-fs device on a vhost-user socket. One front-end at a time; when it has gone, the next one may come. */
@Transport({ name: 'virtiofs', options, description: 'serves a virtual machine over virtio-fs, as a vhost-user device' })
export class VirtiofsTransport implements TransportInstance {
  private listener: Listener | undefined;
  private connection: Connection | undefined;
  private state: State | undefined;
  private readonly pace = new Pace();
  /** There will be no other front-end. */
  private last = false;
  private settle!: () => void;
  /** Resolves when the only front-end has gone; never when others may come. */
  readonly ended = new Promise<void>((resolve) => (this.settle = resolve));

  constructor(@Options() private readonly settings: VirtiofsOptions, @Host() private readonly host: SessionHost, @Logger() private readonly log: Log) {
    this.last = settings.once;
  }

  restore(earlier: boolean): void {
    const { state } = this.settings;
    if (state !== undefined) this.state = new State(state, this.host, earlier, () => this.host.openSession(LIMITS), this.log);
  }

  async start(): Promise<void> {
    const { socket, mode, group } = this.settings;
    if (!isPassed(socket)) {
      this.listener = Listener.open(socket, mode, (fd) => this.connected(fd), group);
      return;
    }
    const { fd, connected } = takePassed(socket);
    this.last ||= connected;
    if (connected) this.connected(fd);
    else this.listener = Listener.adopt(fd, (connection) => this.connected(connection));
  }

  async stop(): Promise<void> {
    this.listener?.close();
    this.listener = undefined;
    await this.connection?.stop();
    this.state?.close();
    this.state = undefined;
  }

  private connected(fd: number): void {
    // The last one may have gone without our having seen it yet.
    this.connection?.makeWay();
    if (this.connection) {
      this.log.warn({ socket: this.settings.socket }, 'a second front-end was turned away: the socket serves one at a time');
      native.closeFd(fd);
      return;
    }
    this.log.info({ socket: this.settings.socket }, 'front-end connected');
    this.connection = new Connection(fd, this.settings, this.host, this.state, this.log, (broken) => {
      this.connection = undefined;
      this.log.info({ socket: this.settings.socket }, 'front-end gone');
      if (broken) this.listener?.hold(this.pace.broke(performance.now()));
      if (this.last) this.settle();
    });
  }
}
