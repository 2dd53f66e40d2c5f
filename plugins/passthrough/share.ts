import { constants } from 'node:fs';
import { SourceUnusable } from '../../core/errors.js';
import { Errno, errnoName } from '../../core/filesystem/errno.js';
import type { NodeTable } from '../../core/filesystem/nodes.js';
import { PATH_MAX } from '../../core/protocol/flags.js';
import { native, slab } from '../../native/index.js';
import { AT_FDCWD } from '../../native/syscalls.js';
import { DirectoryStreams } from './streams.js';
import { Fds } from './fds.js';
import { HostNodes } from './nodes.js';
import type { PassthroughOptions } from './options.js';
import { scratch } from './scratch.js';

/** A directory of the host that is being shared: what all handlers work on. */
export class Share {
  readonly nodes: HostNodes;
  readonly streams = new DirectoryStreams();
  readonly readonly: boolean;

  /** Throws a `UserError` when the source cannot be opened. `hearsCloses`: FLUSH is more than this plugin's own. */
  constructor(options: PassthroughOptions, table: NodeTable, readonly hearsCloses = false) {
    const limit = native.raiseFileLimit();
    const root = openSource(options.source);
    if (root < 0) throw SourceUnusable(options.source, errnoName(root));
    this.nodes = new HostNodes(table, root, new Fds(Math.max(64, Math.min(options.fds, Math.floor(limit / 3))), table.columns), options.fileHandles);
    this.readonly = options.readonly;
  }

  /** An fd of a node that is to be changed, or a negative errno. */
  writable(node: number): number {
    return this.readonly ? Errno.EROFS : this.nodes.fd(node);
  }

  close(): void {
    this.nodes.close();
  }
}

function openSource(source: string): number {
  const path = Buffer.from(source);
  if (path.length > PATH_MAX) return Errno.ENAMETOOLONG;
  slab.u8.set(path, scratch.name);
  slab.u8[scratch.name + path.length] = 0;
  return native.openat2(AT_FDCWD, scratch.name, constants.O_RDONLY | constants.O_DIRECTORY, 0, 0);
}
