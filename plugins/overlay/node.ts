import type { Layer } from './layer.js';
import type { OpenFile } from './open-files.js';

/** A node of a layer, and the look-ups of it that are held. */
export interface Place {
  readonly layer: Layer;
  readonly node: number;
  count: number;
  /** Of a directory: whether it says that files have been copied up into it; undefined: it has not been asked yet. */
  impure?: boolean;
}

/** File types as in readdir(3): the mode shifted right by 12. */
export const enum FileType {
  UNKNOWN = 0,
  CHARACTER = 2,
  DIRECTORY = 4,
  REGULAR = 8,
  SYMLINK = 10,
}

/**
 * A file that the overlay shows. A directory has one place in each layer that it is merged of, others have one in the upper
 * layer, or in a lower one, or after copy-up in both.
 */
export class OverlayNode {
  upper: Place | undefined = undefined;
  /** Topmost first. */
  lowers: Place[] = [];
  /** st_ino; stays the same when the file is copied up. */
  ino = 0;
  /** Names that the inode on top does not count: those in lower layers that were not copied up. */
  extraLinks = 0;
  /** A link in the work directory leads to it, for its names in lower layers. */
  enrolled = false;
  /** One of its names, which copy-up makes in the upper layer; undefined for the root, and when the last name is gone. */
  parent: OverlayNode | undefined = undefined;
  name = '';
  /** Nodes that have this one as parent. */
  children = 0;
  /** Resolves when the copy-up that is under way has ended. */
  copying: Promise<void> | undefined = undefined;
  readonly opens: OpenFile[] = [];
  /** Only its metadata have been copied up: its data are those of the lowest place. */
  meta = false;
  /** The space that these take, in units of 512 bytes. */
  dataBlocks = 0;
  /** It stands for a character device 0:0. */
  device = false;

  constructor(readonly number: number, readonly type: number) {}

  get directory(): boolean {
    return this.type === FileType.DIRECTORY;
  }
  get top(): Place {
    return this.upper ?? this.lowers[0]!;
  }
  /** Where a file is opened to be read. */
  get data(): Place {
    return this.meta ? this.lowers.at(-1)! : this.top;
  }
  /** A directory through which several layers, or a lower one after copy-up, are seen. */
  get merged(): boolean {
    return this.directory && this.lowers.length + (this.upper ? 1 : 0) > 1;
  }
}
