import type { Steps } from '../../stack/index.js';
import type { Layer } from './layer.js';
import type { OverlayNode } from './node.js';
import type { Union } from './union.js';

/**
 * The inode number to show for a node met for the first time: that of the lower file or directory it is, or was before it
 * was copied up; `ino` is that of the place on top, `lowerIno` that of a directory's `originOf`.
 */
export function* chooseIno({ marks }: Union, node: OverlayNode, ino: number, lowerIno: number): Steps<number> {
  if (node.directory && node.lowers.length > 0) return originOf(node.lowers).layer.ino(lowerIno);
  const { top } = node;
  if (!node.directory && top.layer.ours) {
    const mark = yield* top.layer.mark(top.node, marks.ino);
    if (typeof mark === 'string' && /^\d{1,16}$/.test(mark) && Number.isSafeInteger(Number(mark))) return Number(mark);
  }
  return node.top.layer.ino(ino);
}

/** The lower directory whose number is shown: the topmost one that no overlay of ours has made, or else the first that one has. */
export function originOf<T extends { readonly layer: Layer }>(lowers: readonly T[]): T {
  return lowers.find(({ layer }) => !layer.ours) ?? lowers.at(-1)!;
}
