import { constants } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Handles, Opcode, Options } from '../../index.js';
import { FileSystem, Nodes } from '../../core/filesystem/decorators.js';
import type { NodeTable } from '../../core/filesystem/nodes.js';
import type { FlushRequest } from '../../core/filesystem/requests/index.js';
import { silent } from '../../core/log.js';
import { Mount } from '../../core/mount.js';
import { Registry } from '../../core/registry.js';
import { Driver, Registry as Devices } from '../../driver/index.js';
import { traceOptions } from '../../plugins/layers/trace/options.js';
import { TraceLayer } from '../../plugins/layers/trace/trace.js';
import { passthroughOptions, type PassthroughOptions } from '../../plugins/passthrough/options.js';
import { Passthrough } from '../../plugins/passthrough/passthrough.js';
import { VirtiofsTransport } from '../../transports/virtiofs/transport.js';
import { temporaryDirectory } from '../driver/peers.js';

const { O_CREAT, O_RDONLY, O_RDWR, O_WRONLY } = constants;

/** Does something of its own at each close. */
@FileSystem({ name: 'closing', options: passthroughOptions })
class Closing extends Passthrough {
  constructor(@Options() options: PassthroughOptions, @Nodes() nodes: NodeTable) {
    super(options, nodes);
  }
  @Handles(Opcode.FLUSH) override flush(request: FlushRequest) { return super.flush(request); }
}

interface Served {
  readonly use?: string;
  readonly locks?: 'auto' | 'server' | 'guest';
  readonly traced?: boolean;
}

/** Which closes send a FLUSH: of files opened to read, to write, to do both, and of one that was made. */
async function flushes(t: ExecutionContext, { use = 'passthrough', locks = 'auto', traced = false }: Served): Promise<boolean[]> {
  const socket = path.join(temporaryDirectory(t), 'socket');
  const registry = new Registry();
  for (const plugin of [Passthrough, Closing]) registry.addFileSystem(plugin);
  registry.addLayer(TraceLayer);
  registry.addTransport(VirtiofsTransport);
  const source = temporaryDirectory(t);
  const layers = traced ? [{ use: 'trace', options: traceOptions.parse({ file: path.join(temporaryDirectory(t), 'trace') }) }] : [];
  const mount = new Mount({
    name: 'share', transport: { use: 'virtiofs', options: { socket, tag: 'tag', queues: 1, mode: 0o600 } },
    filesystem: { use, options: passthroughOptions.parse({ source }), layers },
    cache: 'auto', timeout: 1, poll: 0, locks, shortcuts: true, writeback: false,
  }, registry, silent);
  await mount.start();
  const driver = await Driver.connect(socket, { registry: new Devices() });
  t.teardown(async () => {
    await driver.close();
    await mount.stop();
  });
  await driver.mount();
  await driver.writeFile('/file', 'x');
  const seen: boolean[] = [];
  for (const [name, flags] of [['/file', O_RDONLY], ['/file', O_WRONLY], ['/file', O_RDWR], ['/new', O_CREAT | O_WRONLY]] as const) {
    const file = await driver.open(name, flags);
    seen.push(file.flushes);
    await file.close();
  }
  return seen;
}

test('a close that has nothing to report sends no FLUSH; one of a file that may be mapped and stored to does', async (t) => {
  t.deepEqual(await flushes(t, {}), [false, false, true, false]);
});

test('every close sends one where the server keeps locks, which end with it', async (t) => {
  t.deepEqual(await flushes(t, { locks: 'server' }), [true, true, true, true]);
});

test('every close sends one where a layer sees them', async (t) => {
  t.deepEqual(await flushes(t, { traced: true }), [true, true, true, true]);
});

test('every close sends one where a subclass has a FLUSH of its own', async (t) => {
  t.deepEqual(await flushes(t, { use: 'closing' }), [true, true, true, true]);
});
