import type { Attributes } from '../../../../core/filesystem/attributes.js';
import { type Steps, wait } from '../../../../stack/index.js';
import type { Union } from '../../union.js';
import type { Upper } from '../../upper.js';
import { rebase } from '../rebase.js';
import type { Target } from '../target.js';

/** A commit that is under way. */
export class Commit {
  readonly marks;
  /** What upper files were when they were applied, by inode number. */
  readonly applied = new Map<number, Attributes>();
  /** What stays in the upper layer. */
  readonly left = new Set<string>();
  written = 0;
  deleted = 0;

  /** `own`: the target is the topmost lower layer; else it is told nothing of the overlay, and the upper layer stays. */
  constructor(readonly union: Union, readonly upper: Upper, readonly target: Target, readonly own: boolean) {
    this.marks = union.marks;
  }

  /** Has a directory of the upper layer show through what is below it again. */
  *reveal(layer: Upper, node: number, mark: string): Steps<true> {
    if (mark !== this.marks.opaque || (yield* layer.mark(node, mark)) === 'y') yield* wait(layer.client.removexattr(node, mark));
    yield* this.seen(layer, node);
    return true;
  }

  /** What the overlay shows by that node is to be looked for anew. */
  *seen(layer: Upper, node: number): Steps<void> {
    const shown = layer.shown[node];
    if (shown) yield* rebase(this.union, shown);
  }
}

/** Nobody has changed it in between. */
export const same = (a: Attributes, b: Attributes): boolean => a.ctime === b.ctime && a.ctimeNsec === b.ctimeNsec && a.size === b.size;
