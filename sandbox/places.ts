import path from 'node:path';
import { type Config, isPassed, type Places } from '../core/config/index.js';

/** Paths of the sockets that the server makes, and removes when it ends. */
export function ownSockets({ admin, metrics }: Config, { sockets }: Places): string[] {
  const others = [admin, metrics && 'socket' in metrics ? metrics.socket : undefined].filter((socket) => socket !== undefined);
  return [...sockets, ...others].filter((socket) => !isPassed(socket));
}

/** Directories that the server uses: what it serves and may come to serve, and where its sockets and files are. */
export function usedDirectories(config: Config, places: Places): string[] {
  return [...places.served.map(({ directory }) => directory), ...config.sandboxPaths ?? [], ...[...ownSockets(config, places), ...places.files].map((file) => path.dirname(file))];
}

/** Of these directories those that lie in no other one. */
export function outermost(directories: readonly string[]): string[] {
  const sorted = [...new Set(directories)].toSorted((a, b) => a.length - b.length);
  const contains = (outer: string, inner: string): boolean => inner === outer || inner.startsWith(outer === '/' ? '/' : `${outer}/`);
  return sorted.filter((directory, index) => !sorted.slice(0, index).some((outer) => contains(outer, directory)));
}
