import type { Attributes } from '../../core/filesystem/attributes.js';
import type { Errno } from '../../core/filesystem/errno.js';
import { type Steps, wait } from '../../stack/index.js';
import type { Layer } from './layer.js';
import type { ShownEntry } from './lookup.js';
import type { Marks } from './marks.js';
import type { OverlayNode, Place } from './node.js';
import type { Union } from './union.js';
import type { Upper } from './upper.js';

/**
 * Lower files with several names: when one is copied up by one of its names, a link in the work directory under its inode
 * number lets the others lead to the copy, also after a restart. How many names are still in lower layers (less that link)
 * is kept in an attribute of the copy.
 */
export function* enroll({ marks }: Union, upper: Upper, node: OverlayNode, made: number, { nlink }: Attributes): Steps<0 | Errno> {
  if (node.directory || nlink < 2 || !upper.marked) return 0;
  const linked = yield* wait(upper.client.link(made, upper.links, String(node.ino)));
  if (typeof linked === 'number') return linked;
  upper.client.forget(linked.node, 1);
  node.enrolled = true;
  node.extraLinks--;
  return yield* upper.setMark(made, marks.links, String(node.extraLinks + nlink - 1));
}

/** Whether an entry is one name of several of a lower file that has not been copied up: who takes it away has to tell the others. */
export function isShared({ marked }: Upper, { shown, attributes }: ShownEntry): boolean {
  return marked && !shown.directory && !shown.upper && attributes.nlink > 1;
}

/** The copy of a lower file that was made by another of its names, if any; becomes the place on top. */
export function* findCopy(union: Union, node: OverlayNode): Steps<Attributes | undefined> {
  const { upper } = union;
  if (!upper?.marked) return undefined;
  for (const layer of [upper, ...union.frozen]) {
    const found = yield* wait(layer.client.lookup(layer.links, String(node.ino)));
    if (typeof found === 'number') continue;
    if (found.node === node.top.node && layer === node.top.layer) {
      layer.client.forget(found.node, 1);
      return undefined;
    }
    const place = { layer, node: found.node, count: 1 };
    if (layer === upper) node.upper = place;
    else node.lowers = [place, ...node.lowers];
    layer.shown[found.node] = node;
    node.meta = (yield* layer.mark(found.node, union.marks.metacopy)) !== undefined;
    yield* recall(union, node, place, found.attributes.nlink);
    return found.attributes;
  }
  return undefined;
}

/** Reads what is kept of the names of a copied file, whose inode counts `nlink`. */
export function* recall({ marks, upper }: Union, node: OverlayNode, { layer, node: inner }: Place, nlink: number): Steps<void> {
  const names = yield* lowerNames(layer, marks, inner, nlink);
  if (names === undefined) return;
  node.enrolled = layer === upper;
  node.extraLinks = names;
}

/** How many names of a copied file are in lower layers, less its link in the work directory; undefined when nothing is kept of them. */
export function* lowerNames(layer: Layer, marks: Marks, node: number, nlink: number): Steps<number | undefined> {
  const mark = yield* layer.mark(node, marks.links);
  if (typeof mark !== 'string' || !/^(=\d{1,9}|-?\d{1,9})$/.test(mark)) return undefined;
  return mark.startsWith('=') ? Number(mark.slice(1)) - nlink : Number(mark);
}

/** Before a name in a lower layer is made in the upper one: the number of all names is kept, which stays the same, so that it is right at any time. */
export function* holdCount({ marks, upper }: Union, node: OverlayNode): Steps<0 | Errno> {
  if (!node.enrolled) return 0;
  const attributes = yield* wait(upper!.client.getattr(node.upper!.node));
  return typeof attributes === 'number' ? attributes : yield* upper!.setMark(node.upper!.node, marks.links, `=${attributes.nlink + node.extraLinks}`);
}

/** A name in a lower layer counts no more: it was removed, or made in the upper layer. The last name of all takes the link with it. */
export function* drop({ marks, upper }: Union, node: OverlayNode, names: number): Steps<void> {
  node.extraLinks -= names;
  if (!node.upper || !node.enrolled) return;
  if (names > 0) yield* upper!.setMark(node.upper.node, marks.links, String(node.extraLinks));
  const attributes = yield* wait(upper!.client.getattr(node.upper.node));
  if (typeof attributes !== 'number' && attributes.nlink + node.extraLinks <= 0) yield* wait(upper!.client.unlink(upper!.links, String(node.ino)));
}
