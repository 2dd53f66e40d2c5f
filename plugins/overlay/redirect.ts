import { Errno } from '../../core/filesystem/errno.js';
import { nameBytes } from '../../core/protocol/names.js';
import { type Steps, wait } from '../../stack/index.js';
import type { OverlayNode } from './node.js';
import type { Union } from './union.js';
import type { Upper } from './upper.js';

/** Longest path that is kept, in bytes, as in the kernel's overlayfs. */
const LONGEST = 256;

/**
 * Has a directory that is about to get another name say where its lower ones are: by its old name while it stays in its
 * directory, else by its path from the root. EXDEV when that path is too long: mv(1) copies then.
 */
export function* redirect({ marks }: Union, upper: Upper, node: OverlayNode, stays: boolean): Steps<0 | Errno> {
  const inner = node.upper!.node;
  const before = yield* upper.mark(inner, marks.redirect);
  if (typeof before === 'number') return before;
  if (before !== undefined && (stays || before.startsWith('/'))) return 0;
  const way = stays ? node.name : yield* pathOf(marks.redirect, upper, node);
  if (typeof way === 'number') return way;
  const value = nameBytes(way);
  return value.length > LONGEST ? Errno.EXDEV : yield* wait(upper.client.setxattr(inner, marks.redirect, value));
}

/** The path by which the data of a file that is copied up are found; undefined when it is too long to be kept, or the file has no name. */
export function* lowerPath({ marks }: Union, upper: Upper, node: OverlayNode): Steps<Uint8Array | undefined> {
  if (!node.parent || node.meta) return undefined;
  const way = yield* pathOf(marks.redirect, upper, node);
  const value = typeof way === 'number' ? undefined : nameBytes(way);
  return value && value.length <= LONGEST ? value : undefined;
}

/** The path of a file in the lower layers: redirects on the way count, names that were given since do not. */
function* pathOf(mark: string, upper: Upper, node: OverlayNode): Steps<string | Errno> {
  let way = '';
  for (let at = node; at.parent; at = at.parent) {
    const before: string | undefined | Errno = at.upper ? yield* upper.mark(at.upper.node, mark) : undefined;
    if (typeof before === 'number') return before;
    const step = before === undefined ? at.name : Buffer.from(before, 'latin1').toString('utf8');
    if (step.startsWith('/')) return step + way;
    way = `/${step}${way}`;
  }
  return way;
}
