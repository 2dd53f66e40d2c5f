import { Counter, Gauge, Registry } from 'prom-client';
import type { Server } from '../core/server.js';
import type { MountStats } from '../core/stats.js';

/** A value of a mount, by itself or by opcode, or by what else the label says. */
type Value = (stats: MountStats) => number | Readonly<Record<string, number>>;

const GAUGES: [name: string, help: string, value: Value][] = [
  ['sessions', 'Kernels that are connected.', ({ sessions }) => sessions.length],
  ['nodes', 'Files and directories that some kernel knows.', ({ nodes }) => nodes],
  ['handles', 'Files and directories that are open.', ({ handles }) => handles],
  ['in_flight_requests', 'Requests that wait for an answer which takes time.', ({ inFlight }) => inFlight],
];

const COUNTERS: [name: string, help: string, value: Value, label?: string][] = [
  ['requests_total', 'Requests received.', ({ requests }) => requests],
  ['errors_total', 'Requests answered with an errno.', ({ errors }) => errors],
  ['refused_total', 'What limits kept from guests.', ({ refused }) => refused, 'limit'],
  ['received_bytes_total', 'Bytes of requests, headers included.', ({ bytes }) => bytes.received],
  ['sent_bytes_total', 'Bytes of replies, headers included.', ({ bytes }) => bytes.sent],
];

/** Calls `set` with the labels and the number of every mount's value. */
function collect(server: Server, value: Value, label: string, set: (labels: Record<string, string>, count: number) => void): void {
  for (const stats of server.stats()) {
    const of = value(stats);
    if (typeof of === 'number') set({ mount: stats.name }, of);
    else for (const [key, count] of Object.entries(of)) set({ mount: stats.name, [label]: key }, count);
  }
}

/** A Prometheus registry that asks the server whenever it is read. */
export function metrics(server: Server): Registry {
  const registry = new Registry();
  const common = { labelNames: ['mount', 'opcode', 'limit'], registers: [registry] };
  for (const [name, help, value] of GAUGES) {
    const gauge: Gauge = new Gauge({ ...common, name: `fusewire_${name}`, help, collect() {
      gauge.reset();
      collect(server, value, 'opcode', (labels, count) => gauge.set(labels, count));
    } });
  }
  for (const [name, help, value, label = 'opcode'] of COUNTERS) {
    const counter: Counter = new Counter({ ...common, name: `fusewire_${name}`, help, collect() {
      counter.reset();
      collect(server, value, label, (labels, count) => counter.inc(labels, count));
    } });
  }
  return registry;
}
