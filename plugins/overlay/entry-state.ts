import { Errno } from '../../core/filesystem/errno.js';
import type { Found, Steps } from '../../stack/index.js';
import type { OverlayNode } from './node.js';
import type { Union } from './union.js';
import { lookIn, WHITEOUT } from './whiteout.js';

/** What the upper layer has under a name, of which no look-up is held. */
export type UpperState = 'absent' | 'whiteout' | Found;

export function* inUpper({ upper, marks }: Union, directory: OverlayNode, name: string): Steps<UpperState | Errno> {
  if (!directory.upper) return 'absent';
  const found = yield* lookIn(upper!, directory.upper.node, name, marks);
  if (typeof found !== 'number') upper!.client.forget(found.node, 1);
  return found === Errno.ENOENT ? 'absent' : found === WHITEOUT ? 'whiteout' : found;
}

/** Whether lower layers have something under a name, that only a whiteout in the upper one could hide. */
export function* inLowers({ marks }: Union, { lowers }: OverlayNode, name: string): Steps<boolean | Errno> {
  for (const { layer, node } of lowers) {
    const found = yield* lookIn(layer, node, name, marks);
    if (found === Errno.ENOENT) continue;
    if (found === WHITEOUT) return false;
    if (typeof found === 'number') return found;
    layer.client.forget(found.node, 1);
    return true;
  }
  return false;
}
