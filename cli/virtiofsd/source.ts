import { keyPath, type ConfigSource } from '../../core/config/source.js';
import { UsageError } from '../../core/errors.js';
import { withPassed } from '../passed.js';
import type { VirtiofsdFlags } from './options.js';

/** Which flag each key came from, for messages. */
const FLAGS: Readonly<Record<string, string>> = {
  'mounts[0].filesystem.source': '--shared-dir', 'mounts[0].transport.socket': '--socket-path', 'mounts[0].transport.tag': '--tag', 'mounts[0].transport.group': '--socket-group',
  'mounts[0].transport.queues': '--queues', 'mounts[0].uidMap': '--translate-uid', 'mounts[0].gidMap': '--translate-gid', 'mounts[0].xattrMap': '--xattrmap', 'mounts[0].writeback': '--writeback',
  sandbox: '--sandbox', modcaps: '--modcaps',
};

/** What would be weaker, or otherwise than asked for, if it were taken without effect. */
function refuse(flags: VirtiofsdFlags): void {
  const { syslog, securityLabel, uidMap, gidMap, inodeFileHandles } = flags;
  if (syslog) throw UsageError('--syslog: there is none', 'the log is on stderr, which systemd takes to its journal');
  if (securityLabel) throw UsageError('--security-label: labels are not set when a file is made', 'guests may set them as extended attributes, with --xattr and --modcaps=+sys_admin');
  if (uidMap || gidMap) throw UsageError(`--${uidMap ? 'uid' : 'gid'}-map: the server has no user namespace`, `--translate-${uidMap ? 'uid' : 'gid'} maps ids without one`);
  if (inodeFileHandles === 'mandatory') throw UsageError('--inode-file-handles mandatory: files without handles are found by path', 'use prefer');
}

/** The config that virtiofsd's flags stand for. */
export function virtiofsdSource(flags: VirtiofsdFlags): ConfigSource {
  refuse(flags);
  const { sharedDir, tag, socket, socketPath = socket, socketGroup, fd, xattr, posixAcl, xattrmap, readonly, announceSubmounts, inodeFileHandles, cache, readdirplus, writeback, killprivV2 } = flags;
  const { migrationMode, migrationOnError, modcaps, translateUid, translateGid, queues, sandbox } = flags;
  if (sharedDir === undefined) throw UsageError('virtiofsd needs --shared-dir', 'see: fusewire virtiofsd --help');
  if (socketGroup !== undefined && fd !== undefined) throw UsageError('--socket-group cannot go with --fd', 'whoever has made the socket has given it its group');
  const place = withPassed({ ...socketPath !== undefined && { socket: socketPath } }, fd).socket;
  if (place === undefined) throw UsageError('virtiofsd needs --socket-path or --fd', 'see: fusewire virtiofsd --help');
  const attributes = xattr === true || posixAcl === true || xattrmap !== undefined;
  const off = { xattr: !attributes, acl: posixAcl !== true, submounts: announceSubmounts === false, readdirplus: !readdirplus, killpriv: killprivV2 === false };
  const mount = {
    name: tag ?? 'share',
    transport: { use: 'virtiofs', socket: place, tag: tag ?? 'share', once: true, migration: migrationMode === 'file-handles' ? 'handles' : 'paths', migrationOnError, ...socketGroup !== undefined && { group: socketGroup, mode: '660' }, ...queues !== undefined && { queues: Number.isInteger(Number(queues)) ? Number(queues) : queues } },
    filesystem: { use: 'passthrough', source: sharedDir, ...readonly && { readonly }, fileHandles: inodeFileHandles !== 'never' },
    cache: cache === 'never' ? 'none' : cache,
    ...writeback && { writeback },
    ...translateUid && { uidMap: translateUid }, ...translateGid && { gidMap: translateGid }, ...xattrmap !== undefined && { xattrMap: xattrmap },
    disable: Object.entries(off).filter(([, isOff]) => isOff).map(([name]) => name),
  };
  return {
    name: 'command line',
    directory: process.cwd(),
    data: { mounts: [mount], sandbox: sandbox ?? (process.geteuid!() === 0 ? 'namespace' : 'auto'), ...modcaps !== undefined && { modcaps } },
    where: (path) => FLAGS[keyPath(path.filter((key, i) => i < 2 || typeof key === 'string'))] ?? keyPath(path),
  };
}
