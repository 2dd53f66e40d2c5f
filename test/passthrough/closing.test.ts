import { constants } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { FileSystem, Handles, Nodes, type NodeTable, Opcode, Options, registry } from '../../index.js';
import type { FlushRequest } from '../../core/filesystem/requests/index.js';
import { passthroughOptions, type PassthroughOptions } from '../../plugins/passthrough/options.js';
import { Passthrough } from '../../plugins/passthrough/passthrough.js';
import { temporaryDirectory } from '../driver/peers.js';
import { device, mounted } from '../virtiofs/guests.js';

const { O_CREAT, O_RDONLY, O_RDWR, O_WRONLY } = constants;

/** Does something of its own at each close. */
@FileSystem({ name: 'closing', options: passthroughOptions })
class Closing extends Passthrough {
  constructor(@Options() options: PassthroughOptions, @Nodes() nodes: NodeTable) {
    super(options, nodes);
  }
  @Handles(Opcode.FLUSH) override flush(request: FlushRequest) { return super.flush(request); }
}
/** The same, under another name. */
@FileSystem({ name: 'ending', options: passthroughOptions })
class Ending extends Passthrough {
  constructor(@Options() options: PassthroughOptions, @Nodes() nodes: NodeTable) {
    super(options, nodes);
  }
  @Handles(Opcode.FLUSH) end(request: FlushRequest) { return super.flush(request); }
}
for (const plugin of [Closing, Ending]) registry.addFileSystem(plugin);

/** Which closes in `directory` send a FLUSH: of files opened to read, to write, to do both, and of one that was made. */
async function flushes(t: ExecutionContext, filesystem: object, mount: object = {}, directory = ''): Promise<boolean[]> {
  const { socket } = await device(t, filesystem, {}, mount);
  const driver = await mounted(t, socket);
  const [old, made] = [`${directory}/file`, `${directory}/new`];
  await driver.writeFile(old, 'x');
  const seen: boolean[] = [];
  for (const [name, flags] of [[old, O_RDONLY], [old, O_WRONLY], [old, O_RDWR], [made, O_CREAT | O_WRONLY]] as const) {
    const file = await driver.open(name, flags);
    seen.push(file.flushes);
    await file.close();
  }
  return seen;
}

const QUIET = [false, false, true, false];
const HEARD = [true, true, true, true];

const share = (t: ExecutionContext, more: object = {}) => ({ use: 'passthrough', source: temporaryDirectory(t), ...more });
const traced = (t: ExecutionContext) => share(t, { layers: [{ use: 'trace', file: path.join(temporaryDirectory(t), 'trace') }] });
const mux = (share: object) => ({ use: 'mux', shares: { share } });
const overlay = (t: ExecutionContext, upper: object) => ({ use: 'overlay', lower: [share(t)], upper });

test('a close that has nothing to report sends no FLUSH; one of a file that may be mapped and stored to does', async (t) => {
  t.deepEqual(await flushes(t, share(t)), QUIET);
  t.deepEqual(await flushes(t, mux(share(t)), {}, '/share'), QUIET);
  t.deepEqual(await flushes(t, overlay(t, share(t))), QUIET);
});

test('every close sends one where the server keeps locks, which end with it', async (t) => {
  t.deepEqual(await flushes(t, share(t), { locks: 'server' }), HEARD);
});

test('every close sends one where a layer sees them, be it around a part of the file system', async (t) => {
  t.deepEqual(await flushes(t, traced(t)), HEARD);
  t.deepEqual(await flushes(t, mux(traced(t)), {}, '/share'), HEARD);
  t.deepEqual(await flushes(t, overlay(t, traced(t))), HEARD);
});

test('every close sends one where a subclass has a FLUSH of its own', async (t) => {
  t.deepEqual(await flushes(t, share(t, { use: 'closing' })), HEARD);
  t.deepEqual(await flushes(t, share(t, { use: 'ending' })), HEARD);
});
