import path from 'node:path';
import { keyPath, type ConfigSource } from '../core/config/source.js';
import { UsageError } from '../core/errors.js';

/** How a share is reached, from the command line. */
export interface TransportFlags {
  socket?: string;
  tag?: string;
  mount?: string;
  queues?: string;
}

/** What a passthrough share needs, from the command line. */
export interface ShareFlags extends TransportFlags {
  name?: string;
  readonly?: boolean;
  cache?: string;
  cacheTimeout?: string;
  writeback?: boolean;
  translateUid?: string[];
  translateGid?: string[];
  squash?: string;
  xattrmap?: string;
}

/** The flags that `share` and `guest --share` have in common. */
export const MOUNT_FLAGS = ['readonly', 'cache', 'cacheTimeout', 'writeback', 'translateUid', 'translateGid', 'squash', 'xattrmap'] as const;

/** Which flag each key came from, for messages. */
const FLAGS: Record<string, string> = {
  'mounts[0].name': '--name',
  'mounts[0].filesystem.source': 'DIR',
  'mounts[0].filesystem.readonly': '--readonly',
  'mounts[0].transport.socket': '--socket',
  'mounts[0].transport.tag': '--tag',
  'mounts[0].transport.queues': '--queues',
  'mounts[0].transport.mountpoint': '--mount',
  'mounts[0].cache': '--cache',
  'mounts[0].timeout': '--cache-timeout',
  'mounts[0].writeback': '--writeback',
  'mounts[0].uidMap': '--translate-uid',
  'mounts[0].gidMap': '--translate-gid',
  'mounts[0].squash': '--squash',
  'mounts[0].xattrMap': '--xattrmap',
};

/** Drops what was not given, so that the schemas' defaults hold. */
function given<T extends object>(record: T): Partial<T> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** One transport as it would stand in a config. */
export function transportData({ socket, tag, mount, queues }: TransportFlags) {
  if (Boolean(socket) === Boolean(mount)) throw UsageError('it needs either --socket S or --mount M', 'see: fusewire share --help');
  if (mount) {
    if (tag !== undefined || queues !== undefined) throw UsageError(`--${tag === undefined ? 'queues' : 'tag'} goes with --socket`, 'see: fusewire share --help');
    return { use: 'fuse', mountpoint: mount };
  }
  return given({ use: 'virtiofs', socket, tag: tag ?? 'share', queues: queues && Number.isInteger(Number(queues)) ? Number(queues) : queues });
}

/** What `fusewire ctl add DIR --into MOUNT` with these flags stands for: shares by name. */
export function treeSource(source: string, { name, readonly, ...others }: ShareFlags): ConfigSource {
  const [flag] = (['socket', 'mount', 'tag', 'queues', ...MOUNT_FLAGS] as const).filter((key) => key in others);
  if (flag !== undefined) throw UsageError(`--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} is the whole mount's`, 'with --into there are --name and --readonly');
  return {
    name: 'command line',
    directory: process.cwd(),
    data: { shares: { [name ?? path.basename(path.resolve(source))]: given({ use: 'passthrough', source, readonly }) } },
    where: (keys) => (keys.at(-1) === 'source' ? 'DIR' : keys.length === 2 ? '--name' : keyPath(keys)),
  };
}

/** The config that `fusewire share DIR` with these flags stands for. */
export function shareSource(source: string, flags: ShareFlags): ConfigSource {
  const { readonly, cache, cacheTimeout, writeback, translateUid, translateGid, squash, xattrmap } = flags;
  const mount = {
    name: flags.name ?? (flags.tag || 'share'),
    transport: transportData(flags),
    filesystem: given({ use: 'passthrough', source, readonly }),
    ...given({ cache, timeout: cacheTimeout, writeback, uidMap: translateUid, gidMap: translateGid, squash, xattrMap: xattrmap }),
  };
  return {
    name: 'command line',
    directory: process.cwd(),
    data: { mounts: [mount] },
    where: (path) => FLAGS[keyPath(path.filter((key, i) => i < 2 || typeof key === 'string'))] ?? keyPath(path),
  };
}
