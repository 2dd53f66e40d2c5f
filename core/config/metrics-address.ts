import { z } from 'zod';
import { ownSocketPath } from './fields.js';

/** Where metrics are served: a Unix socket, or a TCP address. */
export type MetricsAddress = { readonly socket: string } | { readonly host: string; readonly port: number };

/** `HOST:PORT`; everything else is a path. */
export const TCP = /^(\[[0-9a-f:.]+\]|[\w.-]*):(\d{1,5})$/i;

/** Schema of `./metrics.sock`, `127.0.0.1:9464`, `[::1]:9464` or `:9464` (of this host alone). */
export const metricsAddress = () => z.string().transform((text, context): MetricsAddress => {
  const match = TCP.exec(text);
  if (match) {
    const port = Number(match[2]);
    if (port >= 1 && port <= 65535) return { host: match[1]!.replace(/[[\]]/g, '') || '127.0.0.1', port };
    context.addIssue(`there is no port ${port}`);
    return z.NEVER;
  }
  const socket = ownSocketPath().safeParse(text);
  if (socket.success) return { socket: socket.data };
  context.addIssue(socket.error.issues[0]!.message);
  return z.NEVER;
});
