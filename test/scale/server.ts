// A server in a process of its own that says what it holds; run by `mounted`, with --expose-gc.
import { readdirSync } from 'node:fs';
import { textSource } from '../../core/config/text-source.js';
import { checkConfig, registry, Server } from '../../index.js';
import type { Holding } from './mounted.js';

/** Long timers run a hundred times as fast: what lingers for seconds is gone at once. */
const LONG = 10_000;
const { setTimeout: later } = globalThis;
globalThis.setTimeout = ((run: () => void, time: number) => later(run, time < LONG ? time : time / 100)) as typeof setTimeout;

const server = await Server.start(await checkConfig(textSource('/fusewire.json', process.argv[2]!), registry), registry);

process.on('message', () => {
  globalThis.gc!();
  const { nodes } = server.mounts[0]!;
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  const holding: Holding = { nodes: nodes.live, columns: nodes.generations.length, fds: readdirSync('/proc/self/fd').length, memory: heapUsed + arrayBuffers, rss };
  process.send!(holding);
});
process.once('disconnect', () => server.stop());
process.send!('serving');
