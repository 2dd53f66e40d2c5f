import { Errno } from '../../core/filesystem/errno.js';
import { type Found, type Steps, wait } from '../../stack/index.js';
import type { Layer } from './layer.js';
import type { Marks } from './marks.js';
import { S_IFCHR, S_IFMT, S_IFREG } from '../../core/protocol/mode.js';

/** Whether a file of a layer says that there is no such name: a character device 0:0, or an empty file with a mark. */
export function* isWhiteout(layer: Layer, { node, attributes }: Found, marks: Marks): Steps<boolean> {
  const type = attributes.mode & S_IFMT;
  if (type === S_IFCHR) return attributes.rdev === 0;
  if (type !== S_IFREG || attributes.size !== 0) return false;
  return (yield* layer.mark(node, marks.whiteout)) !== undefined;
}

/** Looks a name up in a directory of one layer; EOPNOTSUPP stands for a whiteout, of which no look-up is held. */
export function* lookIn(layer: Layer, directory: number, name: string, marks: Marks): Steps<Found | Errno> {
  const found = yield* wait(layer.client.lookup(directory, name));
  if (typeof found === 'number') return found;
  if (!(yield* isWhiteout(layer, found, marks))) return found;
  layer.client.forget(found.node, 1);
  return WHITEOUT;
}

/** No file system answers a look-up with it. */
export const WHITEOUT = Errno.EOPNOTSUPP;
