import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import test from 'ava';
import { Driver, Registry } from '../../driver/index.js';
import { footprint, type Footprint } from './footprint.js';
import { temporaryDirectory } from './peers.js';

setFlagsFromString('--expose-gc');
globalThis.gc = runInNewContext('gc') as typeof globalThis.gc;

const FILES = 20;

/** One guest's life. Every fourth vanishes with a file open, without a word. */
async function live(socket: string, index: number): Promise<number> {
  const guest = await Driver.connect(socket, { registry: new Registry() });
  await guest.mount();
  const entries = await guest.readdirEntries('/', { plus: true });
  await guest.readFile('/0');
  if (index % 4 === 3) await guest.open('/1');
  else await guest.unmount();
  await guest.close();
  return entries.length;
}

async function ask(server: ChildProcess): Promise<Footprint> {
  server.send('footprint');
  return ((await once(server, 'message')) as [Footprint])[0];
}

/** Both ends' footprints, with a guest connected: the one before it is then gone from the server. */
async function measure(socket: string, server: ChildProcess): Promise<{ ofServer: Footprint; ofDriver: Footprint }> {
  const guest = await Driver.connect(socket, { registry: new Registry() });
  await guest.mount();
  const both = { ofServer: await ask(server), ofDriver: await footprint() };
  await guest.unmount();
  await guest.close();
  return both;
}

test('a thousand guests come and go, and leave neither descriptors nor memory behind, here or at the server', async (t) => {
  t.timeout(120_000);
  const directory = temporaryDirectory(t);
  for (let i = 0; i < FILES; i++) writeFileSync(path.join(directory, `${i}`), 'x'.repeat(10_000));
  const socket = path.join(temporaryDirectory(t), 'socket');
  const server = fork(path.join(import.meta.dirname, 'server-process.js'), [socket, directory], { execArgv: ['--expose-gc'] });
  const ended = once(server, 'exit');
  t.teardown(async () => {
    server.disconnect();
    await ended;
  });
  await once(server, 'message');

  for (let i = 0; i < 200; i++) t.is(await live(socket, i), FILES);
  const before = await measure(socket, server);
  for (let i = 0; i < 1_000; i++) t.is(await live(socket, i), FILES);
  const after = await measure(socket, server);

  for (const end of ['ofServer', 'ofDriver'] as const) {
    t.log(end, before[end], after[end]);
    t.is(after[end].fds, before[end].fds, `${end}: descriptors`);
    t.is(after[end].guestMemories, 1, `${end}: mappings of guest memory`);
    // A kibibyte or two per guest would show.
    t.true(after[end].heap - before[end].heap < 2, `${end}: heap`);
    t.true(after[end].resident - before[end].resident < 16, `${end}: resident memory`);
  }
});
