import { Errno } from '../../core/filesystem/errno.js';
import { type Steps, wait } from '../../stack/index.js';
import { O_RDWR, copyRanges } from './copy-data.js';
import type { Piece } from './find.js';
import type { OverlayNode, Place } from './node.js';
import { retarget } from './retarget.js';
import type { Union } from './union.js';
import type { Upper } from './upper.js';

const CAPABILITY = 'security.capability';

/**
 * Whether a file found in a place is a copy of the metadata alone, whose data are those of a file further down. Asked only
 * in directories that say that something has been copied into them, or everywhere with the option `metacopy`.
 */
export function* isMetacopy(union: Union, directory: Place, place: Pick<Place, 'layer' | 'node'>): Steps<boolean | Errno> {
  const { metacopy, marks } = union;
  if (!place.layer.marked || !(metacopy || (yield* isImpure(union, directory)))) return false;
  const mark = yield* place.layer.mark(place.node, marks.metacopy);
  return typeof mark === 'number' ? mark : mark !== undefined;
}

/** Whether a directory of a layer says that files have been copied up into it. Once it does, it always will. */
export function* isImpure({ marks }: Union, directory: Place): Steps<boolean> {
  directory.impure ??= directory.layer.marked && (yield* directory.layer.mark(directory.node, marks.impure)) !== undefined;
  return directory.impure;
}

/** Gives a copy in the work directory no data, but the size and the mark that say where they are. */
export function* markMetacopy({ marks }: Union, upper: Upper, made: number, size: number, way: Uint8Array): Steps<0 | Errno> {
  const sized = yield* wait(upper.client.setattr(made, { size }));
  if (typeof sized === 'number') return sized;
  return (yield* wait(upper.client.setxattr(made, marks.redirect, way))) || (yield* upper.setMark(made, marks.metacopy, ''));
}

/** Gives a node whose metadata alone were copied up its first `size` bytes, too. Until they are on the disk, the mark stays. */
export function* completeData(union: Union, upper: Upper, node: OverlayNode, size: number): Steps<0 | Errno> {
  const { client } = upper;
  const inner = node.upper!.node;
  const before = yield* wait(client.getattr(inner));
  if (typeof before === 'number') return before;
  const capability = yield* wait(client.getxattr(inner, CAPABILITY));
  const error = yield* fill(upper, node, inner, Math.min(size, before.size));
  if (error < 0) return error as Errno;
  if (typeof capability !== 'number') yield* wait(client.setxattr(inner, CAPABILITY, capability));
  const { atime, atimeNsec, mtime, mtimeNsec } = before;
  yield* wait(client.setattr(inner, { atime, atimeNsec, mtime, mtimeNsec }));
  const unmarked = yield* wait(client.removexattr(inner, union.marks.metacopy));
  if (unmarked < 0) return unmarked as Errno;
  node.meta = false;
  yield* retarget(upper, node);
  return 0;
}

function* fill(upper: Upper, node: OverlayNode, inner: number, size: number): Steps<number> {
  const { client } = upper;
  const to = yield* wait(client.open(inner, O_RDWR));
  if (typeof to === 'number') return to;
  let error = yield* copyRanges(node.data, { place: node.upper!, file: to }, size);
  if (error >= 0 && !upper.isVolatile) error = yield* wait(client.fsync(inner, to.handle));
  yield* wait(client.release(inner, to.handle));
  return error === Errno.ENOSYS ? 0 : error;
}

/** Notes where the data of a new node are, of which only the metadata stand on top. */
export function takeData(node: OverlayNode, { layer, found }: Piece): void {
  node.lowers = [...node.lowers, { layer, node: found.node, count: 1 }];
  node.meta = true;
  node.dataBlocks = found.attributes.blocks;
}
