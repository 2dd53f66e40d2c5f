import type { Opened } from '../../core/filesystem/entry.js';
import { Errno } from '../../core/filesystem/errno.js';
import { HandleKind } from '../../core/filesystem/handles.js';
import type { NodeTable } from '../../core/filesystem/nodes.js';
import type { Contents, Loaded, Persistence } from '../../core/filesystem/persistence.js';
import type { SavedNode } from '../../core/state/saved.js';
import type { Source } from '../../core/state/source.js';
import { loadVolume } from './contents/load.js';
import { saveVolume } from './contents/save.js';
import type { Volume } from './volume.js';

const WIDE = 2 ** 32;

/** Lets a guest go on in another process, with all files. Nothing is left for a process that comes after this one has died. */
export class VolumePersistence implements Persistence, Contents {
  constructor(private readonly volume: Volume, private readonly nodes: NodeTable) {}

  get contents(): Contents {
    return this;
  }

  save(): Iterable<Uint8Array> {
    return saveVolume(this.volume, this.nodes.generations);
  }

  load(source: Source, held: ReadonlyMap<number, SavedNode>): Promise<Loaded> {
    return loadVolume(this.volume, this.nodes, source, held);
  }

  /** Nodes keep their numbers; the inode number tells whether it is the same file. */
  saveNode(node: number, words: Uint32Array, at: number): number {
    const { ino } = this.volume.inode(node);
    words[at] = ino % WIDE;
    words[at + 1] = Math.floor(ino / WIDE);
    return 2;
  }

  /** That they are there was checked when the files were read. */
  restoreNode(): number {
    return 0;
  }

  reopen(node: number, kind: HandleKind): Opened | Errno {
    const { directory } = this.volume.inode(node);
    if (kind === HandleKind.FILE) return directory ? Errno.EISDIR : {};
    return directory ? { handle: this.volume.streams.open(directory.last) } : Errno.ENOTDIR;
  }

  intend(): number {
    return 0;
  }

  redo(): undefined {
    return undefined;
  }
}
