import path from 'node:path';
import { AdminError, ask } from '../../admin/client.js';
import type { Method, Parameters } from '../../admin/protocol.js';
import { loadConfig } from '../../core/config/index.js';
import { type ConfigSource, keyPath } from '../../core/config/source.js';
import { UsageError, UserError } from '../../core/errors.js';

/** The admin socket that is named, or that of the config file found upwards. */
async function adminSocket(named: string | undefined): Promise<string> {
  if (named !== undefined) return path.resolve(named);
  const source = await loadConfig(undefined).catch(() => undefined);
  const admin = (source?.data as { admin?: unknown } | undefined)?.admin;
  if (source && typeof admin === 'string') return path.resolve(source.directory, admin);
  throw UsageError('ctl needs the server\'s socket: --admin S', 'or a config file with the key `admin`, found upwards');
}

/** Asks the server; an error is told in the words of `source`, of which the server was sent what stands at `prefix`. */
export async function command<M extends Method>(admin: string | undefined, method: M, params: Parameters<M>, source?: ConfigSource, prefix: PropertyKey[] = []): Promise<unknown> {
  const socket = await adminSocket(admin);
  try {
    return await ask(socket, method, params);
  } catch (error) {
    if (!(error instanceof AdminError)) throw error;
    const { code, message, hint, path: at } = error.failure;
    const own = at && keyPath(at);
    const located = own !== undefined && source && message.startsWith(own) ? source.where([...prefix, ...at!]) + message.slice(own.length) : message;
    throw new UserError(code, located, hint);
  }
}
