import { Socket } from 'node:net';
import type { Log } from '../core/log.js';
import type { Registry } from '../core/registry.js';
import type { Server } from '../core/server.js';
import { native } from '../native/index.js';
import { Listener } from '../transports/listener.js';
import { AdminConnection } from './connection.js';
import { answers } from './methods.js';
import { CONNECTIONS_MAX } from './protocol.js';

/** Whoever may connect can share what the server can read: its user only. */
const MODE = 0o600;

/** The socket by which a running server is managed. */
export class AdminServer {
  private readonly listener: Listener;
  private readonly sockets = new Set<Socket>();

  /** Listens at once. Throws `SocketBusy` or `SocketUnusable`. */
  constructor(readonly path: string, server: Server, registry: Registry, log: Log) {
    const methods = answers(server, registry);
    this.listener = Listener.open(path, MODE, (fd) => {
      if (this.sockets.size >= CONNECTIONS_MAX) return void native.closeFd(fd);
      const socket = new Socket({ fd, readable: true, writable: true, allowHalfOpen: true });
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
      return void new AdminConnection(socket, methods, log);
    });
  }

  close(): void {
    this.listener.close();
    for (const socket of this.sockets) socket.destroy();
  }
}
