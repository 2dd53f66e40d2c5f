import { once } from 'node:events';
import { request } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import test, { type ExecutionContext } from 'ava';
import { serveMetrics } from '../../admin/metrics-server.js';
import { metricsAddress, type MetricsAddress } from '../../core/config/metrics-address.js';
import { directories, guest, serve } from '../server/kernels.js';

async function served(t: ExecutionContext, address: (directory: string) => MetricsAddress) {
  const directory = directories(t, 'a');
  const server = await serve(t, directory, { mounts: [{ name: 'a', transport: { use: 'virtiofs', socket: 'a.sock', tag: 'a' }, filesystem: { use: 'passthrough', source: 'a' } }] });
  const close = await serveMetrics(address(directory), server);
  t.teardown(close);
  return { directory, server };
}

async function get(options: object, method = 'GET'): Promise<{ status: number; page: string }> {
  const asked = request({ path: '/metrics', method, agent: false, ...options }).end();
  const [response] = await once(asked, 'response');
  return { status: response.statusCode, page: await text(response) };
}

test('Prometheus finds what each mount has done and holds on a Unix socket', async (t) => {
  const { directory, server } = await served(t, (directory) => ({ socket: path.join(directory, 'm.sock') }));
  const driver = await guest(t, path.join(directory, 'a.sock'));
  await driver.writeFile('/file', 'content');
  await t.throwsAsync(driver.stat('/missing'));
  const socketPath = path.join(directory, 'm.sock');
  const { status, page } = await get({ socketPath });
  t.is(status, 200);
  const [stats] = server.stats();
  const value = (line: string) => Number(page.split('\n').find((row) => row.startsWith(`${line} `))?.split(' ')[1]);
  t.is(value('fusewire_requests_total{mount="a",opcode="WRITE"}'), 1);
  t.is(value('fusewire_errors_total{mount="a",opcode="LOOKUP"}'), stats!.errors['LOOKUP']);
  t.is(value('fusewire_sessions{mount="a"}'), 1);
  t.is(value('fusewire_nodes{mount="a"}'), stats!.nodes);
  t.is(value('fusewire_received_bytes_total{mount="a"}'), stats!.bytes.received);
  t.regex(page, /^# TYPE fusewire_requests_total counter$/m);
  t.is((await get({ socketPath, path: '/' })).status, 404);
  t.is((await get({ socketPath }, 'POST')).status, 404);

  await driver.writeFile('/file', 'again');
  t.regex((await get({ socketPath })).page, /^fusewire_requests_total\{mount="a",opcode="WRITE"\} 2$/m);
});

test('and on a TCP address', async (t) => {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  const directory = directories(t);
  const server = await serve(t, directory, { mounts: [{ name: 'a', transport: { use: 'virtiofs', socket: 'a.sock', tag: 'a' }, filesystem: { use: 'memory' } }] });
  await t.throwsAsync(serveMetrics({ host: '127.0.0.1', port }, server), { code: 'FW_SOCKET_UNUSABLE', message: new RegExp(`127.0.0.1:${port}: EADDRINUSE`) });
  await new Promise((resolve) => probe.close(resolve));
  t.teardown(await serveMetrics({ host: '127.0.0.1', port }, server));
  t.regex((await get({ host: '127.0.0.1', port })).page, /^fusewire_sessions\{mount="a"\} 0$/m);
});

test('an address is a path, or a host and a port', (t) => {
  const parse = (text: string) => metricsAddress().safeParse(text);
  t.deepEqual(parse('127.0.0.1:9464').data, { host: '127.0.0.1', port: 9464 });
  t.deepEqual(parse('[::1]:9464').data, { host: '::1', port: 9464 });
  t.deepEqual(parse(':9464').data, { host: '127.0.0.1', port: 9464 });
  t.deepEqual(parse('/run/m.sock').data, { socket: '/run/m.sock' });
  t.is(parse('localhost:99999').error!.issues[0]!.message, 'there is no port 99999');
  t.regex(parse(`/${'m'.repeat(200)}`).error!.issues[0]!.message, /the limit is 107/);
});
