import { constants } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { Attributes } from '../../../core/filesystem/attributes.js';
import { Errno } from '../../../core/filesystem/errno.js';
import { type Steps, TRANSFER, wait } from '../../../stack/index.js';
import type { Layer } from '../layer.js';
import type { Marks } from '../marks.js';
import { PERMISSIONS, S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from '../../../core/protocol/mode.js';
import { must } from './failure.js';

/** A file of a layer, with what is known of it. */
export interface FileOf {
  readonly layer: Layer;
  readonly node: number;
  readonly attributes: Attributes;
  /** Whose data it has, where that is another one: of a file whose metadata alone was copied up. */
  readonly data?: { readonly layer: Layer; readonly node: number };
}

export type Difference = 'none' | 'metadata' | 'data';

const O_NOATIME = 0o1000000;

/** How a file differs from another one. Times of directories do not count: they follow from what is in them. */
export function* compare(marks: Marks, a: FileOf, b: FileOf, path: string): Steps<Difference> {
  const type = a.attributes.mode & S_IFMT;
  if (type !== (b.attributes.mode & S_IFMT)) return 'data';
  if (type === S_IFREG && (a.attributes.size !== b.attributes.size || !(yield* sameData(a, b, path)))) return 'data';
  if (type === S_IFLNK && !(yield* sameTarget(a, b, path))) return 'data';
  if (type !== S_IFREG && type !== S_IFLNK && type !== S_IFDIR && a.attributes.rdev !== b.attributes.rdev) return 'data';
  return sameMetadata(a.attributes, b.attributes) && (yield* sameXattrs(marks, a, b, path)) ? 'none' : 'metadata';
}

function sameMetadata(a: Attributes, b: Attributes): boolean {
  if (a.uid !== b.uid || a.gid !== b.gid || (a.mode & PERMISSIONS) !== (b.mode & PERMISSIONS)) return false;
  return (a.mode & S_IFMT) === S_IFDIR || (a.mtime === b.mtime && a.mtimeNsec === b.mtimeNsec);
}

function* sameTarget(a: FileOf, b: FileOf, path: string): Steps<boolean> {
  const [one, other] = [yield* wait(a.layer.client.readlink(a.node)), yield* wait(b.layer.client.readlink(b.node))];
  return Buffer.compare(must(one, path, 'cannot be read'), must(other, path, 'cannot be read')) === 0;
}

function* sameData(a: FileOf, b: FileOf, path: string): Steps<boolean> {
  const { size } = a.attributes;
  if (size === 0) return true;
  const [one, other] = [a.data ?? a, b.data ?? b];
  if (one.layer.client === other.layer.client && one.node === other.node) return true;
  const left = must(yield* wait(one.layer.client.open(one.node, constants.O_RDONLY | O_NOATIME)), path, 'cannot be opened');
  const right = must(yield* wait(other.layer.client.open(other.node, constants.O_RDONLY | O_NOATIME)), path, 'cannot be opened');
  try {
    for (let at = 0; at < size; at += TRANSFER) {
      if (at > 0 && at % (8 * TRANSFER) === 0) yield setImmediate();
      const first = must(yield* wait(one.layer.client.read(one.node, left.handle, at, TRANSFER)), path, 'cannot be read');
      const second = must(yield* wait(other.layer.client.read(other.node, right.handle, at, TRANSFER)), path, 'cannot be read');
      if (Buffer.compare(first, second) !== 0) return false;
    }
    return true;
  } finally {
    yield* wait(one.layer.client.release(one.node, left.handle));
    yield* wait(other.layer.client.release(other.node, right.handle));
  }
}

function* sameXattrs(marks: Marks, a: FileOf, b: FileOf, path: string): Steps<boolean> {
  const [one, other] = [yield* xattrs(marks, a, path), yield* xattrs(marks, b, path)];
  if (one.size !== other.size) return false;
  for (const [name, value] of one) {
    const same = other.get(name);
    if (!same || Buffer.compare(value, same) !== 0) return false;
  }
  return true;
}

/** The extended attributes of a file by their names in its layer, without those that an overlay keeps for itself. */
export function* xattrs(marks: Marks, { layer, node }: Pick<FileOf, 'layer' | 'node'>, path: string): Steps<Map<string, Uint8Array>> {
  const values = new Map<string, Uint8Array>();
  const names = yield* wait(layer.client.listxattr(node));
  if (names === Errno.EOPNOTSUPP || names === Errno.EPERM) return values;
  for (const name of must(names, path, 'has extended attributes that cannot be listed')) {
    if (marks.toMount(name) === undefined) continue;
    const value = yield* wait(layer.client.getxattr(node, name));
    if (value !== Errno.ENODATA) values.set(name, must(value, path, `has an extended attribute ${name} that cannot be read`));
  }
  return values;
}
