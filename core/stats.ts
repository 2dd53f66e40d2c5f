import type { Mount } from './mount.js';
import { Opcode } from './protocol/opcode.js';
import type { Session } from './session/session.js';
import type { Traffic } from './session/traffic.js';

/** What went through, by the names of opcodes; those that never came are left out. */
export interface TrafficStats {
  readonly requests: Readonly<Record<string, number>>;
  /** Requests answered with an errno. */
  readonly errors: Readonly<Record<string, number>>;
  /** Bytes of messages, headers included. */
  readonly bytes: { readonly received: number; readonly sent: number };
}

/** What a kernel that is connected has asked for, and what it holds. */
export interface SessionStats extends TrafficStats {
  /** The socket or mountpoint by which it came. */
  readonly place: string | undefined;
  /** INIT has been answered. */
  readonly running: boolean;
  /** Files and directories that it knows. */
  readonly nodes: number;
  /** Files and directories that it has open. */
  readonly handles: number;
  /** File locks that it holds. */
  readonly locks: number;
  /** Requests that wait for an answer which takes time. */
  readonly inFlight: number;
}

export interface MountStats extends TrafficStats {
  readonly name: string;
  /** Nodes that some kernel knows. */
  readonly nodes: number;
  readonly handles: number;
  readonly inFlight: number;
  /** What its limits kept from guests, by limit. */
  readonly refused: Readonly<Record<'nodes' | 'handles' | 'locks', number>>;
  readonly sessions: readonly SessionStats[];
}

function named(counts: Float64Array): Record<string, number> {
  const entries = [...counts].flatMap((count, opcode) => (count > 0 ? [[Opcode[opcode] ?? `opcode ${opcode}`, count] as const] : []));
  return Object.fromEntries(entries);
}

function trafficStats({ requests, errors, bytes }: Traffic): TrafficStats {
  return { requests: named(requests), errors: named(errors), bytes: { received: bytes[0]!, sent: bytes[1]! } };
}

function sessionStats(session: Session, place: string | undefined): SessionStats {
  return { place, running: session.running, nodes: session.lookups.held, handles: session.handles.count, locks: session.mount.locks?.held(session) ?? 0, inFlight: session.inFlight.size, ...trafficStats(session.traffic) };
}

/** What a mount has done since its start, over all kernels, and what it holds now. */
export function mountStats(mount: Mount): MountStats {
  const sessions = [...mount.attachments].flatMap(({ sessions, place }) => [...sessions].map((session) => sessionStats(session, place)));
  const sum = (key: 'handles' | 'inFlight') => sessions.reduce((total, session) => total + session[key], 0);
  const { nodes, handles, locks } = mount.refusals;
  return { name: mount.name, nodes: mount.nodes.live, handles: sum('handles'), inFlight: sum('inFlight'), refused: { nodes, handles, locks }, ...trafficStats(mount.traffic), sessions };
}

/** What a mount is, and how it is reached. */
export interface MountSummary {
  readonly name: string;
  readonly state: string;
  /** The name of its file system. */
  readonly use: string;
  readonly transports: readonly { readonly use: string; readonly place: string | undefined; readonly kernels: number }[];
  /** The names in its root that are file systems which come and go; absent: it has none such. */
  readonly shares?: readonly string[];
}

export function mountSummary(mount: Mount, state: string): MountSummary {
  const transports = [...mount.attachments].map(({ selection, place, sessions }) => ({ use: selection.use, place, kernels: sessions.size }));
  const shares = mount.shares && Object.keys(mount.shares.selections);
  return { name: mount.name, state, use: mount.config.filesystem.use, transports, ...shares && { shares } };
}
