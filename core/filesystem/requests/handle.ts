import { OpenFlag } from '../../protocol/flags.js';
import { OpenOut } from '../../protocol/structs.js';
import type { RequestContext } from '../context.js';
import { HandleKind } from '../handles.js';

/** Whether a file opened with these open(2) flags can be mapped shared and stored to; mmap(2) wants O_RDWR for that. */
function mayStore(flags: number): boolean {
  return (flags & O_ACCMODE) === O_RDWR;
}
const O_ACCMODE = 3;
const O_RDWR = 2;

/** What may stand beside FOPEN_PASSTHROUGH (`fuse_file_passthrough_open`). */
const BESIDE_PASSTHROUGH = OpenFlag.NOFLUSH;

/**
 * Registers an open and writes `fuse_open_out` at word `at`; the handle's index, -1 when the session holds too many. Where
 * the kernel can, it reads and writes `backing` itself; READ and WRITE move the data of `data`; -1: there is no such file. `openFlags` as open(2).
 */
export function putHandle(u32: Uint32Array, at: number, context: RequestContext, kind: HandleKind, node: number, handle: number, flags: number, backing: number, openFlags: number, data: number): number {
  const index = context.handles.open(kind, node, handle, data, openFlags);
  if (index < 0) return index;
  context.opened(index, kind, node, openFlags);
  u32[at] = index;
  u32[at + 1] = context.handles.generation(index);
  const id = context.backs && kind === HandleKind.FILE ? context.back(node, backing, mayStore(openFlags)) : 0;
  u32[at + (OpenOut.open_flags >> 2)] = id > 0 ? (flags & BESIDE_PASSTHROUGH) | OpenFlag.PASSTHROUGH : flags;
  u32[at + (OpenOut.backing_id >> 2)] = id;
  return index;
}
