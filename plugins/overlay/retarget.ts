import { type Steps, wait } from '../../stack/index.js';
import type { OverlayNode } from './node.js';
import { innerFlags } from './open-flags.js';
import type { Upper } from './upper.js';

/** After a copy-up: who had the lower file open reads the upper one from now on. */
export function* retarget(upper: Upper, node: OverlayNode): Steps<void> {
  const inner = node.upper!.node;
  for (const file of node.opens) {
    if (file.layer === upper) continue;
    const opened = yield* wait(upper.client.open(inner, innerFlags(file.flags, false)));
    if (typeof opened === 'number') continue;
    const { layer, inner: before, handle } = file;
    file.move?.(upper.bare ? opened.data : -1);
    Object.assign(file, { layer: upper, inner, handle: opened.handle, value: upper.client.handle(opened.handle) });
    yield* wait(layer.client.release(before, handle));
  }
}
