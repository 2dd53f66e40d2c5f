import type { Attributes } from '../../core/filesystem/attributes.js';
import { Errno } from '../../core/filesystem/errno.js';
import { RenameFlag } from '../../core/protocol/flags.js';
import { nameText } from '../../core/protocol/names.js';
import { type Steps, wait } from '../../stack/index.js';
import { copyData } from './copy-data.js';
import { keepTimes } from './keep-times.js';
import { keepXattr } from './keep-xattr.js';
import { completeData, markMetacopy } from './metacopy.js';
import { lowerPath } from './redirect.js';
import { enroll } from './links.js';
import { PERMISSIONS, S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from '../../core/protocol/mode.js';
import { FileType, type OverlayNode, type Place } from './node.js';
import { retarget } from './retarget.js';
import type { Union } from './union.js';
import type { Upper } from './upper.js';

/** In place of a number of bytes: the data are not going to be changed. */
export const METADATA = -1;

/**
 * Makes sure that a node is in the upper layer: 0, or an errno; EROFS where there is none. Parents come first. Of a regular
 * file no more than `size` bytes are needed. The copy is made in the work directory and moved into place when it is
 * complete and, unless the overlay is volatile, on the disk: nobody ever sees a part of it. Not to be called in the gate.
 */
export function* copyUp(union: Union, node: OverlayNode, size = METADATA): Steps<0 | Errno> {
  const { upper } = union;
  if (!upper) return Errno.EROFS;
  const done = (): boolean => node.upper !== undefined && (!node.meta || size === METADATA);
  while (node.copying && !done()) yield node.copying;
  if (done()) return 0;
  let ended!: () => void;
  node.copying = new Promise((resolve) => (ended = resolve));
  try {
    if (node.upper) return yield* completeData(union, upper, node, size);
    const { parent } = node;
    const error = parent ? yield* copyUp(union, parent) : 0;
    return error || (yield* copy(union, upper, node, size));
  } finally {
    node.copying = undefined;
    ended();
    union.release(node);
  }
}

function* copy(union: Union, upper: Upper, node: OverlayNode, size: number): Steps<0 | Errno> {
  const lower = node.lowers[0]!;
  const attributes = yield* wait(lower.layer.client.getattr(lower.node));
  if (typeof attributes === 'number') return attributes;
  const name = upper.name();
  const way = size === METADATA && union.metacopy && node.type === FileType.REGULAR ? yield* lowerPath(union, upper, node) : undefined;
  const made = yield* make(upper, node.data, attributes, name, way ? 0 : size === METADATA ? Infinity : size);
  if (made < 0) {
    yield* upper.remove(upper.work, name);
    return made as Errno;
  }
  const error: 0 | Errno = (way ? yield* markMetacopy(union, upper, made, attributes.size, way) : 0) || (yield* dress(union, upper, node, lower, attributes, made)) || (yield* wait(union.gate.write(() => publish(union, upper, node, attributes, name, made))));
  if (error) {
    yield* upper.remove(upper.work, name);
    upper.client.forget(made, 1);
    return error;
  }
  // What was a copy of the metadata in a lower layer has its data now, unless it is one here, too.
  node.meta = way !== undefined;
  if (way) node.dataBlocks = attributes.blocks;
  else yield* retarget(upper, node);
  return 0;
}

/** Makes the file in the work directory, with its data: its node. */
function* make(upper: Upper, lower: Place, { mode, rdev, ...rest }: Attributes, name: string, size: number): Steps<number | Errno> {
  const { client } = upper;
  const type = mode & S_IFMT;
  if (type === S_IFREG) return yield* copyData(upper, lower, name, Math.min(size, rest.size));
  if (type === S_IFLNK) {
    const target = yield* wait(lower.layer.client.readlink(lower.node));
    if (typeof target === 'number') return target;
    const made = yield* wait(client.symlink(upper.work, name, nameText(target)));
    return typeof made === 'number' ? made : made.node;
  }
  const made = yield* wait(type === S_IFDIR ? client.mkdir(upper.work, name, 0o700) : client.mknod(upper.work, name, type | 0o600, rdev));
  return typeof made === 'number' ? made : made.node;
}

/** Gives the copy its owner, extended attributes, mode and times, in an order in which none takes another away. */
export function* dress(union: Union, upper: Upper, node: OverlayNode, lower: Place, attributes: Attributes, made: number): Steps<0 | Errno> {
  const { client } = upper;
  const owned = yield* wait(client.setattr(made, { uid: attributes.uid, gid: attributes.gid }));
  if (typeof owned === 'number') return owned;
  const error = yield* copyXattrs(union, upper, lower, made);
  if (error) return error;
  if (upper.marked && !node.directory) yield* upper.setMark(made, union.marks.ino, String(node.ino));
  const { atime, atimeNsec, mtime, mtimeNsec } = attributes;
  const times = { atime, atimeNsec, mtime, mtimeNsec };
  const dressed = yield* wait(client.setattr(made, (attributes.mode & S_IFMT) === S_IFLNK ? times : { mode: attributes.mode & PERMISSIONS, ...times }));
  return typeof dressed === 'number' ? dressed : 0;
}

function* copyXattrs({ marks, log }: Union, upper: Upper, { layer, node }: Place, made: number): Steps<0 | Errno> {
  const names = yield* wait(layer.client.listxattr(node));
  if (typeof names === 'number') return names === Errno.EOPNOTSUPP || names === Errno.EPERM ? 0 : names;
  for (const name of names) {
    if (name.startsWith(marks.prefix) && marks.toMount(name) === undefined) continue;
    const value = yield* wait(layer.client.getxattr(node, name));
    if (value === Errno.ENODATA) continue;
    if (typeof value === 'number') return value;
    const kept = yield* keepXattr(upper.client, made, name, value);
    if (typeof kept === 'number') return kept;
    if (!kept) log.warn({ name }, 'the upper layer cannot keep an extended attribute');
  }
  return 0;
}

/** Moves the copy to its place; in the gate. A file without a name stays without. */
function* publish(union: Union, upper: Upper, node: OverlayNode, attributes: Attributes, name: string, made: number): Steps<0 | Errno> {
  const { parent } = node;
  let error: 0 | Errno = 0;
  if (!parent) error = yield* upper.remove(upper.work, name);
  else if (!parent.upper) return Errno.ESTALE;
  else error = yield* place(union, upper, parent.upper, name, node.name);
  if (error) return error;
  const enrolled = parent ? yield* enroll(union, upper, node, made, attributes) : 0;
  if (enrolled < 0) union.log.warn({ name: node.name }, 'the other names of a file will lead to the lower file');
  if (!node.directory) node.extraLinks += attributes.nlink - (parent ? 1 : 0);
  node.upper = { layer: upper, node: made, count: 1 };
  upper.shown[made] = node;
  return 0;
}

/** The directory that takes the copy keeps its times: nothing in it has changed for those who look. */
function* place({ marks }: Union, upper: Upper, into: Place, name: string, newName: string): Steps<0 | Errno> {
  const { client } = upper;
  const directory = into.node;
  if (upper.marked && !into.impure) {
    if ((yield* upper.mark(directory, marks.impure)) === undefined) yield* upper.setMark(directory, marks.impure, 'y');
    into.impure = true;
  }
  return yield* keepTimes(client, directory, function* () {
    const error = yield* wait(client.rename(upper.work, name, directory, newName, RenameFlag.NOREPLACE));
    return error === Errno.EINVAL ? yield* wait(client.rename(upper.work, name, directory, newName)) : error;
  });
}
