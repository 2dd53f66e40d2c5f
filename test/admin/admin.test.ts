import { once } from 'node:events';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import test, { type ExecutionContext } from 'ava';
import { ask } from '../../admin/client.js';
import { LINE_MAX, type Reply } from '../../admin/protocol.js';
import { AdminServer } from '../../admin/server.js';
import { silent } from '../../core/log.js';
import { registry } from '../../index.js';
import { directories, guest, serve } from '../server/kernels.js';

async function managed(t: ExecutionContext) {
  const directory = directories(t, 'a', 'b');
  const server = await serve(t, directory, { mounts: [{ name: 'a', transport: { use: 'virtiofs', socket: 'a.sock', tag: 'a' }, filesystem: { use: 'passthrough', source: 'a' } }] });
  const socket = path.join(directory, 'admin.sock');
  const admin = new AdminServer(socket, server, registry, silent);
  t.teardown(() => admin.close());
  return { directory, server, socket, admin };
}

/** A client of the socket that sends what it is told and reads lines. */
async function client(t: ExecutionContext, path: string) {
  const socket: Socket = connect(path);
  t.teardown(() => socket.destroy());
  await once(socket, 'connect');
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  const reply = async () => JSON.parse((await lines.next()).value as string) as Reply & { error?: { code: string; message: string; path?: unknown }; result?: unknown };
  return { socket, reply, ask: (message: unknown) => (socket.write(`${typeof message === 'string' ? message : JSON.stringify(message)}\n`), reply()) };
}

test('the socket is for the server\'s user alone, and goes with the server', async (t) => {
  const { socket, admin } = await managed(t);
  t.is(statSync(socket).mode & 0o777, 0o600);
  admin.close();
  t.false(existsSync(socket));
});

test('a share is added, listed, counted and removed', async (t) => {
  const { directory, socket } = await managed(t);
  writeFileSync(path.join(directory, 'b', 'file'), 'from b');
  const { ask } = await client(t, socket);
  const mount = { name: 'b', transport: { use: 'virtiofs', socket: 'b.sock', tag: 'b' }, filesystem: { use: 'passthrough', source: 'b' } };
  const added = await ask({ id: 'x', method: 'add', params: { mount, directory } });
  t.deepEqual(added, { id: 'x', result: { name: 'b', state: 'serving', use: 'passthrough', transports: [{ use: 'virtiofs', place: path.join(directory, 'b.sock'), kernels: 0 }] } });
  const driver = await guest(t, path.join(directory, 'b.sock'));
  t.is(Buffer.from(await driver.readFile('/file')).toString(), 'from b');
  const stats = (await ask({ id: 2, method: 'stats' })).result as { name: string; requests: Record<string, number> }[];
  t.deepEqual(stats.map(({ name }) => name), ['a', 'b']);
  t.true(stats[1]!.requests['READ']! > 0);
  t.deepEqual(await ask({ id: 3, method: 'remove', params: { name: 'b' } }), { id: 3, result: null });
  t.is(((await ask({ id: 4, method: 'list' })).result as object[]).length, 1);
});

const bad: [what: string, request: unknown, message: RegExp][] = [
  ['no JSON', '{"id": 1', /^a request is one line of JSON$/],
  ['no object', '[]', /expected object/],
  ['no id', { method: 'list' }, /^id: /],
  ['an unknown method', { id: 1, method: 'lst' }, /^method: .*"list"/],
  ['an unknown key', { id: 1, method: 'list', parms: {} }, /"parms"/],
  ['parameters of another method', { id: 1, method: 'list', params: { name: 'a' } }, /^params: .*"name"/],
  ['missing parameters', { id: 1, method: 'remove' }, /^params: name: /],
  ['a relative directory', { id: 1, method: 'add', params: { mount: {}, directory: '.' } }, /^params: directory: must be an absolute path/],
  ['a mount that is none', { id: 1, method: 'add', params: { mount: 7, directory: '/' } }, /must be a map of keys, not 7/],
  ['a mount without a name', { id: 1, method: 'add', params: { mount: {}, directory: '/' } }, /^name: is missing/],
  ['a mount that is not there', { id: 1, method: 'remove', params: { name: 'aa' } }, /^no mount "aa" is served$/],
  ['a transport for no mount', { id: 1, method: 'attach', params: { name: 'z', transport: { use: 'virtiofs', socket: 'z', tag: 'z' }, directory: '/tmp' } }, /^no mount "z" is served$/],
  ['a socket that is taken', { id: 1, method: 'attach', params: { name: 'a', transport: { use: 'virtiofs', socket: 'SOCKET', tag: 'z' }, directory: '/tmp' } }, /has the same socket/],
];

test('a bad request gets an error, and the connection goes on', async (t) => {
  const { directory, socket, server } = await managed(t);
  const { ask } = await client(t, socket);
  for (const [what, request, message] of bad) {
    const { error, result } = await ask(typeof request === 'string' ? request : JSON.stringify(request).replace('SOCKET', path.join(directory, 'a.sock')));
    t.regex(error!.message, message, what);
    t.is(result, undefined, what);
  }
  t.is((await ask({ id: 9, method: 'list' })).id, 9);
  t.deepEqual(server.list().map(({ name }) => name), ['a']);
});

test('where a mount is wrong is told by its path', async (t) => {
  const { socket } = await managed(t);
  const { ask } = await client(t, socket);
  const mount = { name: 'b', transport: [{ use: 'virtiofs', socket: 'b.sock', tag: '' }], filesystem: { use: 'memory' } };
  const { error } = await ask({ id: 1, method: 'add', params: { mount, directory: '/' } });
  t.deepEqual(error!.path, ['transport', 0, 'tag']);
  t.is(error!.message, 'transport[0].tag: the tag must not be empty');
});

test('an endless request ends its connection, and no other', async (t) => {
  const { socket } = await managed(t);
  const [endless, other] = [await client(t, socket), await client(t, socket)];
  endless.socket.on('error', () => {});
  endless.socket.write('x'.repeat(LINE_MAX + 1));
  t.regex((await endless.reply()).error!.message, /more than 1048576 bytes/);
  t.is((await other.ask({ id: 1, method: 'list' })).id, 1);
});

test('requests may come in any pieces, several at once, and before the end of the stream', async (t) => {
  const { socket } = await managed(t);
  const pipe = connect({ path: socket, allowHalfOpen: true });
  t.teardown(() => pipe.destroy());
  for (const piece of ['{"id":1,"meth', 'od":"list"}\n\n{"id":2,"method":"list"}\n{"id":3,"method":', '"list"}\n']) {
    await new Promise((resolve) => pipe.write(piece, resolve));
  }
  pipe.end();
  const lines = (await text(pipe)).trim().split('\n').map((line) => (JSON.parse(line) as Reply).id);
  t.deepEqual(lines.toSorted(), [1, 2, 3]);
});

test('the client tells what the server refuses, and a server that is not there', async (t) => {
  const { socket, directory } = await managed(t);
  t.is((await ask(socket, 'list', {}) as object[]).length, 1);
  await t.throwsAsync(ask(socket, 'remove', { name: 'z' }), { name: 'AdminError', message: 'no mount "z" is served' });
  await t.throwsAsync(ask(path.join(directory, 'nobody.sock'), 'list', {}), { code: 'FW_ADMIN_UNREACHABLE' });
});
