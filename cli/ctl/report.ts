import type { MountStats, MountSummary } from '../../core/stats.js';
import { columns } from './columns.js';

/** What `ctl list` prints: a line for each transport of each mount, then one for each share of those that are a tree. */
export function listReport(mounts: readonly MountSummary[]): string {
  const rows = mounts.flatMap(({ name, use, state, transports }) =>
    transports.map((transport) => [name, use, transport.use, transport.place ?? '', String(transport.kernels), state]));
  const trees = mounts.flatMap(({ name, shares }) => (shares ?? []).map((share) => [name, share]));
  const table = columns([['NAME', 'FILE SYSTEM', 'TRANSPORT', 'AT', 'KERNELS', 'STATE'], ...rows]);
  return trees.length > 0 ? `${table}\n\n${columns([['NAME', 'SHARE'], ...trees])}` : table;
}

const total = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((sum, count) => sum + count, 0);

function kib(bytes: number): string {
  return `${Math.round(bytes / 1024)} KiB`;
}

/** What `ctl stats` prints: a line for each mount, then its requests by opcode. */
export function statsReport(mounts: readonly MountStats[]): string {
  const head = ['NAME', 'KERNELS', 'REQUESTS', 'ERRORS', 'IN FLIGHT', 'NODES', 'HANDLES', 'RECEIVED', 'SENT'];
  const rows = mounts.map(({ name, sessions, requests, errors, inFlight, nodes, handles, bytes }) =>
    [name, sessions.length, total(requests), total(errors), inFlight, nodes, handles, kib(bytes.received), kib(bytes.sent)].map(String));
  const opcodes = mounts.flatMap(({ name, requests, errors }) => Object.entries(requests)
    .toSorted(([, a], [, b]) => b - a)
    .map(([opcode, count]) => [name, opcode, String(count), String(errors[opcode] ?? 0)]));
  return opcodes.length > 0 ? `${columns([head, ...rows])}\n\n${columns([['NAME', 'OPCODE', 'REQUESTS', 'ERRORS'], ...opcodes])}` : columns([head, ...rows]);
}
