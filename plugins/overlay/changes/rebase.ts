import type { Steps } from '../../../stack/index.js';
import { drop, find, takenOver } from '../find.js';
import type { OverlayNode } from '../node.js';
import type { Union } from '../union.js';

/**
 * Finds the places of a node anew, after files have been moved from one layer to another; in the gate, parents first. Who
 * has the file open keeps what was opened. A node whose name is gone, or stands for something else now, is left without one.
 */
export function* rebase(union: Union, node: OverlayNode): Steps<void> {
  const { parent, name } = node;
  if (!parent) return;
  const stack = yield* find(union, parent, name);
  if (typeof stack === 'number') return union.called(node, undefined, '');
  const top = stack.upper ?? stack.lowers[0]!;
  const other = top.layer.shown[top.found.node];
  if ((other && other !== node) || (top.found.attributes.mode >>> 12 !== node.type && !node.device)) {
    drop(stack);
    return union.called(node, undefined, '');
  }
  const before = node.upper ? [node.upper, ...node.lowers] : node.lowers;
  node.upper = stack.upper && takenOver(stack.upper);
  node.lowers = stack.lowers.map(takenOver);
  for (const old of before) {
    if (node.opens.length === 0) union.leave(node, old);
    else if (old.layer.shown[old.node] === node) old.layer.shown[old.node] = undefined;
  }
  top.layer.shown[top.found.node] = node;
  if (node.upper) return;
  node.extraLinks = 0;
  node.enrolled = false;
  node.device = false;
}

/** All nodes that have a name, parents first. */
export function* rebaseAll(union: Union): Steps<void> {
  const depth = (node: OverlayNode): number => {
    let count = 0;
    for (let at = node.parent; at; at = at.parent) count++;
    return count;
  };
  for (const { node } of union.all().map((node) => ({ node, at: depth(node) })).toSorted((a, b) => a.at - b.at)) yield* rebase(union, node);
}
