import { Errno } from '../../core/filesystem/errno.js';
import type { AccessRequest, ReadlinkRequest, StatfsRequest } from '../../core/filesystem/requests/index.js';
import { Done, type Result } from '../../core/filesystem/result.js';
import type { FileSystemStatistics } from '../../core/filesystem/statistics.js';
import { Opcode } from '../../core/protocol/opcode.js';
import type { Union } from './union.js';

const W_OK = 2;

export function readlink(union: Union, request: ReadlinkRequest): Result<string | Uint8Array> {
  const { layer, node } = union.node(request.node).top;
  const handler = layer.client.table[Opcode.READLINK];
  if (!handler) return Errno.EINVAL;
  request.passOn(node);
  return handler(request) as Result<string | Uint8Array>;
}

/** Space is that of the layer which takes the changes. */
export function statfs(union: Union, request: StatfsRequest): Result<FileSystemStatistics> {
  const layer = union.upper ?? union.lowers[0]!;
  const handler = layer.client.table[Opcode.STATFS];
  if (!handler) return { blocks: 0, bfree: 0, bavail: 0, files: 0, ffree: 0, bsize: 4096, frsize: 4096, namelen: 255 };
  request.passOn(layer.root);
  return handler(request) as Result<FileSystemStatistics>;
}

/** Modes and ACLs are the kernel's to judge. */
export function access({ upper }: Union, { mask }: AccessRequest): Done | Errno {
  return !upper && (mask & W_OK) !== 0 ? Errno.EROFS : Done;
}
