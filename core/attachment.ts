import type { Selection } from './config/index.js';
import type { TransportLimits } from './session/negotiate.js';
import { type MountContext, Session } from './session/session.js';
import type { SessionHost, TransportInstance } from './transport.js';

/** One transport of a mount, and the sessions of the kernels that came by it. */
export class Attachment implements SessionHost {
  readonly transport: TransportInstance;
  readonly sessions = new Set<Session>();

  /** `place` is the socket or mountpoint; `onClose` is called with each session that has ended. */
  constructor(
    private readonly mount: MountContext & Pick<SessionHost, 'name' | 'persistence'> & { readonly sessions: ReadonlySet<Session> },
    readonly selection: Selection,
    readonly place: string | undefined,
    build: (host: SessionHost) => TransportInstance,
    private readonly onClose: (session: Session) => void,
  ) {
    this.transport = build(this);
  }

  get name(): string {
    return this.mount.name;
  }

  get persistence(): SessionHost['persistence'] {
    return this.mount.persistence;
  }

  get guests(): number {
    return this.mount.sessions.size;
  }

  get requests(): number | undefined {
    return this.mount.guestLimits?.requests;
  }

  openSession(limits: TransportLimits): Session {
    const session: Session = new Session(this.mount, limits, () => {
      this.sessions.delete(session);
      this.onClose(session);
    });
    this.sessions.add(session);
    return session;
  }

  /** Stops the transport; its sessions end with it, even when it fails. */
  async stop(): Promise<void> {
    try {
      await this.transport.stop();
    } finally {
      for (const session of this.sessions) session.close();
    }
  }
}
