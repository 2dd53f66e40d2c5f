import test from 'ava';
import { z } from 'zod';
import { Attributes, Done, type Entry, Errno, FileSystem, type GetattrRequest, Handles, type LookupRequest, Opcode, type OpenRequest, type Opened, type ReadRequest, type Release } from '../../index.js';
import { EntryOut, ForgetIn, InitOut, InterruptIn, OpenOut, ReadIn, ReleaseIn } from '../../core/protocol/structs.js';
import { InitFlag } from '../../core/protocol/init-flag.js';
import { Client, join, text, words } from './client.js';

/** Every name exists, as a new node; files read as their handle's number; `slow` waits for its signal. */
@FileSystem({ name: 'probe', options: z.object({}) })
class Probe {
  readonly forgotten: number[] = [];
  readonly released: number[] = [];
  destroyed = 0;
  private node = 1;

  @Handles(Opcode.LOOKUP) lookup({ name }: LookupRequest): Entry | Errno | Promise<Entry> {
    if (name === 'missing') return Errno.ENOENT;
    if (name === 'throws') throw new Error('a bug');
    const entry = { node: ++this.node, attributes: new Attributes({ mode: 0o100644 }) };
    return name === 'later' ? new Promise((resolve) => setImmediate(resolve, entry)) : entry;
  }
  @Handles(Opcode.GETATTR) getattr({ node }: GetattrRequest): Attributes {
    return new Attributes({ mode: node === 1 ? 0o40755 : 0o100644 });
  }
  @Handles(Opcode.OPEN) open(_request: OpenRequest): Opened {
    return { handle: 70 + this.node };
  }
  @Handles(Opcode.READ) read(request: ReadRequest): Promise<Errno> | Uint8Array {
    if (request.size === 1) return new Uint8Array([request.handle]);
    return new Promise((resolve) => request.signal.addEventListener('abort', () => resolve(Errno.EINTR)));
  }
  @Handles(Opcode.RELEASE) release({ handle }: Release): Done {
    this.released.push(handle);
    return Done;
  }
  @Handles(Opcode.FORGET) forget(node: number): void {
    this.forgotten.push(node);
  }
  @Handles(Opcode.DESTROY) destroy(): void {
    this.destroyed++;
  }
}

async function started(cache = {}): Promise<{ client: Client; probe: Probe }> {
  const probe = new Probe();
  const client = new Client(probe, cache);
  await client.init();
  return { client, probe };
}

async function lookup(client: Client, name: string): Promise<number> {
  const { body } = await client.request(Opcode.LOOKUP, 1, text(name));
  return Number(body.getBigUint64(EntryOut.nodeid, true));
}

async function open(client: Client, node: number): Promise<Uint8Array> {
  const { body } = await client.request(Opcode.OPEN, node, new Uint8Array(8));
  return new Uint8Array(body.buffer, body.byteOffset + OpenOut.fh, 8);
}

const read = (fh: Uint8Array, size: number): Uint8Array => join(fh, words(ReadIn.size_ - 8, { [ReadIn.size - 8]: size }));

test('nothing but INIT is answered before INIT', async (t) => {
  const client = new Client(new Probe());
  t.is((await client.request(Opcode.GETATTR, 1, new Uint8Array(16))).error, Errno.EIO);
  t.is((await client.init()).error, 0);
  t.is((await client.request(Opcode.GETATTR, 1, new Uint8Array(16))).error, 0);
});

test('INIT answers with the version both speak, and only with flags that were offered', async (t) => {
  const client = new Client(new Probe());
  const { body } = await client.init(7, 31, 1 << InitFlag.ASYNC_READ | 1 << InitFlag.PARALLEL_DIROPS | 1 << InitFlag.SPLICE_READ);
  t.is(body.getUint32(InitOut.minor, true), 31);
  t.is(body.getUint32(InitOut.flags, true), 1 << InitFlag.ASYNC_READ | 1 << InitFlag.PARALLEL_DIROPS);
  t.is(body.getUint32(InitOut.max_write, true), 1 << 20);
});

test('a newer major is asked to come again with ours, an older one and a too old minor are refused', async (t) => {
  const client = new Client(new Probe());
  const newer = await client.init(8, 0);
  t.deepEqual([newer.error, newer.body.getUint32(InitOut.major, true)], [0, 7]);
  t.is((await client.init(6, 99)).error, Errno.EPROTO);
  t.is((await client.init(7, 22)).error, Errno.EPROTO);
  t.is((await client.init(7, 23)).error, 0);
});

test('a handler that throws gives EIO and one log line, and the mount lives on', async (t) => {
  const { client } = await started();
  t.is((await client.request(Opcode.LOOKUP, 1, text('throws'))).error, Errno.EIO);
  t.is(client.logged.length, 1);
  t.like(client.logged[0]!.fields, { opcode: 'LOOKUP', node: 1 });
  t.is((await client.request(Opcode.LOOKUP, 1, text('missing'))).error, Errno.ENOENT);
});

test('an absent handler is ENOSYS; statfs(2) has a default', async (t) => {
  const { client } = await started();
  t.is((await client.request(Opcode.READLINK, 1)).error, Errno.ENOSYS);
  t.is((await client.request(Opcode.STATFS, 1)).error, 0);
});

test('an answer may come later', async (t) => {
  const { client } = await started();
  const [later, atOnce] = await Promise.all([lookup(client, 'later'), lookup(client, 'x')]);
  t.deepEqual([later, atOnce], [2, 3]);
});

test('look-ups are counted; the plugin hears of the last forget only', async (t) => {
  const { client, probe } = await started();
  const node = await lookup(client, 'a');
  t.is(client.nodes.references[node], 1);
  await client.request(Opcode.FORGET, node, words(ForgetIn.size_, { 0: 1 }));
  t.deepEqual(probe.forgotten, [node]);
  t.is((await client.request(Opcode.GETATTR, node, new Uint8Array(16))).error, Errno.ESTALE);
});

test('forgets beyond the count, of unknown nodes and of the root change nothing else', async (t) => {
  const { client, probe } = await started();
  const node = await lookup(client, 'a');
  await client.request(Opcode.FORGET, node, words(ForgetIn.size_, { 0: 1000, 4: 1 }));
  await client.request(Opcode.FORGET, node, words(ForgetIn.size_, { 0: 1 }));
  await client.request(Opcode.FORGET, 999_999, words(ForgetIn.size_, { 0: 1 }));
  await client.request(Opcode.FORGET, 1, words(ForgetIn.size_, { 0: 1 }));
  t.deepEqual(probe.forgotten, [node]);
  t.is((await client.request(Opcode.GETATTR, 1, new Uint8Array(16))).error, 0);
});

test('BATCH_FORGET of more entries than fit a slot forgets all of them', async (t) => {
  const { client, probe } = await started();
  const nodes = await Promise.all(Array.from({ length: 2000 }, (_, i) => lookup(client, `f${i}`)));
  const list = nodes.map((node) => words(16, { 0: node, 8: 1 }));
  await client.request(Opcode.BATCH_FORGET, 0, join(words(8, { 0: list.length }), ...list));
  t.deepEqual(probe.forgotten.toSorted((a, b) => a - b), nodes.toSorted((a, b) => a - b));
});

test('a handle is the plugin\'s own number, and only on its node', async (t) => {
  const { client } = await started();
  const [a, b] = [await lookup(client, 'a'), await lookup(client, 'b')];
  const fh = await open(client, a);
  const { body } = await client.request(Opcode.READ, a, read(fh, 1));
  t.is(body.getUint8(0), 73);
  t.is((await client.request(Opcode.READ, b, read(fh, 1))).error, Errno.EBADF);
  t.is((await client.request(Opcode.READ, a, read(words(8, { 0: 12_345 }), 1))).error, Errno.EBADF);
});

test('a handle is released once; afterwards it is not valid', async (t) => {
  const { client, probe } = await started();
  const node = await lookup(client, 'a');
  const fh = await open(client, node);
  const release = join(fh, new Uint8Array(ReleaseIn.size_ - 8));
  t.is((await client.request(Opcode.RELEASE, node, release)).error, 0);
  t.is((await client.request(Opcode.RELEASE, node, release)).error, Errno.EBADF);
  t.is((await client.request(Opcode.READ, node, read(fh, 1))).error, Errno.EBADF);
  t.is(probe.released.length, 1);
});

test('INTERRUPT aborts the signal of a request that waits', async (t) => {
  const { client } = await started();
  const node = await lookup(client, 'a');
  const fh = await open(client, node);
  const unique = client.next();
  const waiting = client.request(Opcode.READ, node, read(fh, 2), unique);
  await client.request(Opcode.INTERRUPT, 0, words(InterruptIn.size_, { 0: unique }));
  t.is((await waiting).error, Errno.EINTR);
});

for (const [how, end] of [
  ['DESTROY', (client: Client) => client.request(Opcode.DESTROY, 0)],
  ['a second INIT', (client: Client) => client.init()],
  ['disconnect', (client: Client) => Promise.resolve(client.session.close())],
] as const) {
  test(`${how} releases every handle, forgets every node and interrupts what waits`, async (t) => {
    const { client, probe } = await started();
    const node = await lookup(client, 'a');
    const fh = await open(client, node);
    const waiting = client.request(Opcode.READ, node, read(fh, 2));
    await client.request(Opcode.GETATTR, 1, new Uint8Array(16));
    await end(client);
    t.is((await waiting).error, Errno.ENOTCONN);
    t.deepEqual([probe.released.length, probe.forgotten, probe.destroyed], [1, [node], 1]);
    t.is(client.nodes.live, 0);
  });
}

test('after DESTROY the same kernel may INIT again', async (t) => {
  const { client } = await started();
  await client.request(Opcode.DESTROY, 0);
  t.is((await client.request(Opcode.GETATTR, 1, new Uint8Array(16))).error, Errno.EIO);
  await client.init();
  t.is((await client.request(Opcode.GETATTR, 1, new Uint8Array(16))).error, 0);
});

for (const [mode, seconds] of [['none', 0], ['auto', 1], ['always', 86_400]] as const) {
  test(`cache: ${mode} lets entries and attributes be kept for ${seconds} s`, async (t) => {
    const { client } = await started({ mode });
    const { body } = await client.request(Opcode.LOOKUP, 1, text('a'));
    t.is(Number(body.getBigUint64(EntryOut.entry_valid, true)), seconds);
    t.is(Number(body.getBigUint64(EntryOut.attr_valid, true)), seconds);
  });
}

test('names that would leave the directory, or are none, are refused', async (t) => {
  const { client } = await started();
  for (const name of ['.', '..', '', 'a/b', '/']) t.is((await client.request(Opcode.LOOKUP, 1, text(name))).error, Errno.EINVAL, name);
  t.is((await client.request(Opcode.LOOKUP, 1, text('x'.repeat(256)))).error, Errno.ENAMETOOLONG);
  t.is((await client.request(Opcode.LOOKUP, 1, text('x'.repeat(255)))).error, 0);
  t.is((await client.request(Opcode.LOOKUP, 1, new Uint8Array([0x61, 0x62]))).error, Errno.EINVAL);
});

test('a signal asked for by a request that was answered at once is not the next one\'s', async (t) => {
  const seen: boolean[] = [];
  @FileSystem({ name: 'signals', options: z.object({}) })
  class Signals {
    @Handles(Opcode.GETATTR) getattr({ signal }: GetattrRequest): Attributes {
      seen.push(signal.aborted);
      return new Attributes({ mode: 0o40755 });
    }
  }
  const client = new Client(new Signals());
  await client.init();
  await client.request(Opcode.GETATTR, 1, new Uint8Array(16));
  await client.init();
  await client.request(Opcode.GETATTR, 1, new Uint8Array(16));
  t.deepEqual(seen, [false, false]);
});
