/** What one guest (a session of a mount) may hold at most. What is beyond gets an errno; other guests never notice. */
export interface Limits {
  /** Files and directories that it knows (ENOMEM). */
  readonly nodes: number;
  /** Files and directories that it has open (ENFILE). */
  readonly handles: number;
  /** File locks, of fcntl(2) and flock(2) together (ENOLCK). */
  readonly locks: number;
  /** Requests under way at once, shared out to its queues; more wait in them. Absent: the transport's own number. */
  readonly requests?: number | undefined;
}

/** Most handles of one session: more is refused whatever the config says. */
export const HANDLES_MOST = 1 << 20;

export const NO_LIMITS: Limits = { nodes: Infinity, handles: HANDLES_MOST, locks: Infinity };

/** What of a mount's guests was refused since the start. */
export class Refusals {
  nodes = 0;
  handles = 0;
  locks = 0;

  add({ nodes, handles, locks }: Refusals): this {
    this.nodes += nodes;
    this.handles += handles;
    this.locks += locks;
    return this;
  }
}
