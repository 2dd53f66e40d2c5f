import type { SavedNode } from '../state/saved.js';
import type { Source } from '../state/source.js';
import type { Opcode } from '../protocol/opcode.js';
import type { Opened } from './entry.js';
import type { Errno } from './errno.js';
import type { HandleKind } from './handles.js';
import type { Result } from './result.js';

/** Most words that `saveNode` and `intend` write. */
export const SAVED_WORDS = 1280;

/**
 * What a plugin offers, as its property `persistence`, so that a session outlives this process: its nodes are found again,
 * its open files opened again, and a request that the process died in is not done twice. Words are 32 bits.
 */
export interface Persistence {
  /** Called when what `saveNode` writes of a node has changed. Set by the mount. */
  onMoved?: (node: number) => void;
  /** Absent where the files themselves outlive the process. */
  readonly contents?: Contents;
  /**
   * Writes down where the node's object is, to `words` from `at` on; the number of words, at most SAVED_WORDS. `portable`: by its
   * path alone, so that it is found in a copy of all of it, too.
   */
  saveNode(node: number, words: Uint32Array, at: number, portable?: boolean): number;
  /**
   * Takes up a node that an earlier process saved under this number. Negative: its object is not there; requests on it fail.
   * Unless it is to be `checked`, that may show at the first request alone.
   */
  restoreNode(node: number, saved: Uint32Array, checked: boolean): number;
  /** Opens a restored node again, as OPEN and OPENDIR do; `flags` as open(2), without those that make or truncate a file. */
  reopen(node: number, kind: HandleKind, flags: number, writeback: boolean): Opened | Errno;
  /**
   * Writes down what a later `redo` needs to find out whether the request was carried out, before it is; the number of
   * words, 0 for a request that does no harm when it is repeated at once.
   */
  intend(opcode: Opcode, request: unknown, words: Uint32Array, at: number): number;
  /** Answers a request that was carried out just before the earlier process died; undefined when it was not, and is to be. */
  redo(opcode: Opcode, request: unknown, intent: Uint32Array): Result<unknown> | Errno | undefined;
}

/** The files of a plugin that keeps them in this process: they go where their guest goes. */
export interface Contents {
  /** All of them, in parts that stand until the next one is asked for. Nothing changes meanwhile. */
  save(): Iterable<Uint8Array>;
  /** Reads what `save` has given, by a plugin whose options may be others. `held`: the nodes that the guest refers to. Throws `Unreadable`. */
  load(source: Source, held: ReadonlyMap<number, SavedNode>): Promise<Loaded>;
}

/** Files that were read; one of both is called. */
export interface Loaded {
  /** Puts them in place; false, and drops them, where there are files already. */
  keep(): boolean;
  drop(): void;
}
