import { once } from 'node:events';
import { createServer } from 'node:http';
import { Socket } from 'node:net';
import type { MetricsAddress } from '../core/config/index.js';
import { SocketUnusable } from '../core/errors.js';
import type { Server } from '../core/server.js';
import { Listener } from '../transports/listener.js';
import { metrics } from './metrics.js';

const MODE = 0o600;

/** Serves `GET /metrics` over HTTP, on a Unix socket or a TCP address, until the function it returns is called. */
export async function serveMetrics(address: MetricsAddress, server: Server): Promise<() => void> {
  const registry = metrics(server);
  const http = createServer({ requestTimeout: 10_000, maxHeaderSize: 1 << 14 }, (request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') return void response.writeHead(404).end();
    return void registry.metrics().then(
      (page) => response.writeHead(200, { 'content-type': registry.contentType }).end(page),
      () => response.writeHead(500).end());
  });
  http.maxConnections = 64;
  if ('socket' in address) {
    const listener = Listener.open(address.socket, MODE, (fd) => http.emit('connection', new Socket({ fd, readable: true, writable: true })));
    return () => {
      listener.close();
      http.closeAllConnections();
    };
  }
  const listening = once(http.listen(address), 'listening');
  await listening.catch((error: NodeJS.ErrnoException) => {
    throw SocketUnusable(`${address.host}:${address.port}`, error.code ?? error.message);
  });
  return () => {
    http.close();
    http.closeAllConnections();
  };
}
