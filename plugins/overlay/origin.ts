import type { Steps } from '../../stack/index.js';
import type { OverlayNode } from './node.js';
import type { Union } from './union.js';

/**
 * The inode number to show for a node met for the first time: that of the lower file or directory it is, or was before it
 * was copied up; `ino` is that of the place on top.
 */
export function* chooseIno({ marks }: Union, node: OverlayNode, ino: number, lowerIno: number): Steps<number> {
  const lower = node.lowers[0];
  if (node.directory && lower) return lower.layer.ino(lowerIno);
  if (!node.directory && node.upper) {
    const mark = yield* node.upper.layer.mark(node.upper.node, marks.ino);
    if (typeof mark === 'string' && /^\d{1,16}$/.test(mark) && Number.isSafeInteger(Number(mark))) return Number(mark);
  }
  return node.top.layer.ino(ino);
}
