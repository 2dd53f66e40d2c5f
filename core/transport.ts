import type { Persistence } from './filesystem/persistence.js';
import type { TransportLimits } from './session/negotiate.js';
import type { Session } from './session/session.js';

/**
 * What every transport class, decorated with `@Transport`, fulfils. Its constructor may ask for its `@Options()`, the
 * `@Host()` whose sessions it feeds, and a `@Logger()`. When a channel may have work it calls `Receiver.run`.
 */
export interface TransportInstance {
  /**
   * Takes up sessions of an earlier process (`earlier`), before any transport of the mount starts; false for a transport that
   * comes later, which begins anew. Throws a `UserError` when it may not.
   */
  restore?(earlier: boolean): void;
  /** Resolves when kernels can connect. Throws a `UserError` when somebody else serves the place. */
  start(): Promise<void>;
  /** Resolves when the transport has ended by itself, as when somebody unmounts; absent: it never does. */
  readonly ended?: Promise<void>;
  /** Answers what is under way, ends the sessions, removes what `start` made. */
  stop(): Promise<void>;
}

/** Gives a transport its sessions: one for each kernel that connects. */
export interface SessionHost {
  /** Name of the mount, for messages. */
  readonly name: string;
  /** What lets sessions outlive this process; absent where the file system cannot. */
  readonly persistence: Persistence | undefined;
  /** Kernels that have the file system now, over all of its transports. */
  readonly guests: number;
  /** Requests of one guest that may be under way at once, over all of its queues; absent: as the transport likes. */
  readonly requests?: number | undefined;
  openSession(limits: TransportLimits): Session;
}
