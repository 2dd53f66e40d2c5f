import { OpenOut } from '../../protocol/structs.js';
import type { RequestContext } from '../context.js';
import type { HandleKind } from '../handles.js';

/** Registers an open and writes `fuse_open_out` at word `at`; the handle's index, -1 when the session holds too many. */
export function putHandle(u32: Uint32Array, at: number, context: RequestContext, kind: HandleKind, node: number, handle: number, flags: number): number {
  const index = context.handles.open(kind, node, handle);
  if (index < 0) return index;
  u32[at] = index;
  u32[at + 1] = context.handles.generation(index);
  u32[at + (OpenOut.open_flags >> 2)] = flags;
  u32[at + (OpenOut.backing_id >> 2)] = 0;
  return index;
}
