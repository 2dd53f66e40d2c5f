import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { checkFileSystem, type FileSystemSelection } from '../core/config/index.js';
import { keyPath } from '../core/config/source.js';
import { ArchiveFile, NotEmpty } from '../core/errors.js';
import type { LayerFormat } from '../core/filesystem/change-set.js';
import type { Registry } from '../core/registry.js';

/** A directory of this host as a file system; `called`: what the user calls it. */
export function hostDirectory(source: string, called: string, registry: Registry): FileSystemSelection {
  const where = (path: readonly PropertyKey[]): string => (path[0] === 'source' ? called : keyPath(path));
  return checkFileSystem({ name: called, directory: '/', data: { use: 'passthrough', source }, where }, registry);
}

function attempt<T>(file: string, what: () => T): T {
  try {
    return what();
  } catch (error) {
    throw ArchiveFile(file, (error as NodeJS.ErrnoException).code ?? String(error));
  }
}

/** Where a layer is to be written: a file, or a directory, which is made where there is none. */
export function layerTo(to: string, format: LayerFormat, called: string, registry: Registry): string | FileSystemSelection {
  if (format === 'oci') return to;
  attempt(to, () => mkdirSync(to, { recursive: true }));
  if (attempt(to, () => readdirSync(to)).length > 0) throw NotEmpty(to);
  return hostDirectory(to, called, registry);
}

/** Where a layer is read from. */
export function layerFrom(from: string, called: string, registry: Registry): string | FileSystemSelection {
  return attempt(from, () => statSync(from)).isDirectory() ? hostDirectory(from, called, registry) : from;
}
