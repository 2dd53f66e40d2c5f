import { readdirSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { serve } from '../server/kernels.js';
import { fusewire, temporary } from './run.js';

test('driver bench loads a server with a mix of requests, prints percentiles, and leaves nothing behind', async (t) => {
  const directory = temporary(t);
  const socket = path.join(temporary(t), 'socket');
  await serve(t, directory, { mounts: [{ name: 'share', transport: { use: 'virtiofs', socket, tag: 'share', queues: 2, packed: true }, filesystem: { use: 'passthrough', source: directory } }] });
  const bench = async (...args: string[]) => fusewire(['driver', socket, 'bench', '--seconds', '0.2', '--size', '1MiB', ...args]);
  const { code, stdout } = await bench('--mix', 'read=50,write=25,getattr=10,lookup=10,statfs=5', '--queues', '2', '--depth', '4');
  t.is(code, 0);
  const [what, rate, head, numbers] = stdout.toString().split('\n');
  t.is(what, 'read 50%, write 25%, getattr 10%, lookup 10%, statfs 5%, 4096 bytes each; 4 at a time on 2 queues');
  t.regex(rate!, /^[1-9]\d* requests\/s, \d+\.\d MiB\/s; [1-9]\d* requests took, in us:$/);
  t.deepEqual(head!.split(/ +/), ['mean', 'p50', 'p90', 'p99', 'p99.9', 'p99.99', 'max']);
  const percentiles = numbers!.split(/ +/).slice(1).map(Number);
  t.deepEqual(percentiles, percentiles.toSorted((a, b) => a - b));
  t.true(percentiles[0]! > 0);
  t.is((await bench('--mix', 'getattr')).stdout.toString().split('\n')[0], 'getattr 100%; 16 at a time on 1 queue');
  t.regex((await bench('--mix', 'read=50,getattr=50', '--packed', '--spin')).stdout.toString(), /\n[1-9]\d* requests\/s, /);
  t.deepEqual(readdirSync(directory), []);
});

test('driver bench tells what is wrong with its options', async (t) => {
  const said = async (...args: string[]) => {
    const { code, stderr } = await fusewire(['driver', '/nowhere', ...args]);
    return [code, stderr.split('\n')[0]];
  };
  t.deepEqual(await said('bench', '--mix', 'read=70,write=20'), [2, 'fusewire: --mix must come to 100 percent, not 90']);
  t.deepEqual(await said('bench', '--mix', 'read=33,write=67'), [2, 'fusewire: --mix: read must have a multiple of 5 percent']);
  t.deepEqual(await said('bench', '--mix', 'open'), [2, 'fusewire: --mix knows no "open"']);
  t.deepEqual(await said('bench', '--block', '2MiB'), [2, 'fusewire: --block must be a size from 1 bytes to 1 MiB, not 2MiB']);
  t.deepEqual(await said('bench', '--depth', '0'), [2, 'fusewire: --depth must be a whole number from 1 to 1024, not 0']);
  t.deepEqual(await said('bench', '/file'), [2, 'fusewire: driver bench takes no paths']);
  t.deepEqual(await said('ls', '--seconds', '1'), [2, 'fusewire: --seconds goes with bench']);
});
