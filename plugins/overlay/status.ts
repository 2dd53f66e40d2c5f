import { Errno } from '../../core/filesystem/errno.js';
import type { AccessRequest, ReadlinkRequest, StatfsRequest } from '../../core/filesystem/requests/index.js';
import { Done, type Result } from '../../core/filesystem/result.js';
import type { FileSystemStatistics } from '../../core/filesystem/statistics.js';
import { Opcode } from '../../core/protocol/opcode.js';
import { NAME_MAX } from '../../core/protocol/flags.js';
import { run, type Steps, wait } from '../../stack/index.js';
import type { Layer } from './layer.js';
import type { Union } from './union.js';

const W_OK = 2;

export function readlink(union: Union, request: ReadlinkRequest): Result<string | Uint8Array> {
  const { layer, node } = union.node(request.node).top;
  const handler = layer.client.table[Opcode.READLINK];
  if (!handler) return Errno.EINVAL;
  request.passOn(node);
  return handler(request) as Result<string | Uint8Array>;
}

const NOTHING: FileSystemStatistics = { blocks: 0, bfree: 0, bavail: 0, files: 0, ffree: 0, bsize: 4096, frsize: 4096, namelen: NAME_MAX };

/** Space is that of the layer which takes the changes; names are as long as every layer can hold. */
export function statfs(union: Union, _request: StatfsRequest): Result<FileSystemStatistics> {
  return run(statistics(union));
}

function* statistics({ upper, lowers, nameMax }: Union): Steps<FileSystemStatistics | Errno> {
  const layer = upper ?? lowers[0]!;
  const found = yield* wait(layer.client.statfs(layer.root));
  if (found === Errno.ENOSYS) return { ...NOTHING, namelen: nameMax };
  return typeof found === 'number' ? found : { ...found, namelen: nameMax };
}

/** The longest name that every layer can hold; no layer is asked again. */
export function* longestName(layers: readonly Layer[]): Steps<number> {
  let longest = NAME_MAX;
  for (const { client, root } of layers) {
    const found = yield* wait(client.statfs(root));
    if (typeof found !== 'number') longest = Math.min(longest, found.namelen);
  }
  return longest;
}

/** Modes and ACLs are the kernel's to judge. */
export function access({ upper }: Union, { mask }: AccessRequest): Done | Errno {
  return !upper && (mask & W_OK) !== 0 ? Errno.EROFS : Done;
}
