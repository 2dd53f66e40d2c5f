import type { Attributes } from '../../core/filesystem/attributes.js';
import type { Entry } from '../../core/filesystem/entry.js';
import type { Errno } from '../../core/filesystem/errno.js';
import type { LookupRequest } from '../../core/filesystem/requests/index.js';
import { type Steps, wait } from '../../stack/index.js';
import { drop, find, type Piece, type Stack, takenOver } from './find.js';
import { findCopy, recall } from './links.js';
import { takeData } from './metacopy.js';
import { S_IFCHR } from '../../core/protocol/mode.js';
import { FileType, type OverlayNode } from './node.js';
import { chooseIno, originOf } from './origin.js';
import type { Union } from './union.js';

export function lookup(union: Union, { parent, name }: LookupRequest): Entry | Errno | Promise<Entry | Errno> {
  return union.gate.read(() => resolve(union, union.node(parent), name));
}

/** The node and attributes behind a name. */
export function* resolve(union: Union, directory: OverlayNode, name: string): Steps<ShownEntry | Errno> {
  const stack = yield* find(union, directory, name);
  return typeof stack === 'number' ? stack : yield* adopt(union, stack, directory, name);
}

/** An entry, with what the overlay has for its node. */
export class ShownEntry implements Entry {
  constructor(readonly shown: OverlayNode, readonly attributes: Attributes) {}

  get node(): number {
    return this.shown.number;
  }
}

/** Takes over a stack that was found as `name` in `directory`; undefined: it has no name. */
export function* adopt(union: Union, { upper, lowers, data }: Stack, directory: OverlayNode | undefined, name: string): Steps<ShownEntry> {
  const top = upper ?? lowers[0]!;
  const node = union.show(takenOver(top), (yield* isDevice(union, top)) ? FileType.CHARACTER : top.found.attributes.mode >>> 12);
  const isNew = node.ino === 0;
  if (node.directory) merge(union, node, upper, lowers);
  if (data && isNew) takeData(node, data);
  else if (data) data.layer.client.forget(data.found.node, 1);
  if (node.type === FileType.CHARACTER && top.found.attributes.mode >>> 12 === FileType.REGULAR) node.device = true;
  if (isNew && top.layer.ours && !node.directory && top.found.attributes.nlink > 1) yield* recall(union, node, node.top, top.found.attributes.nlink);
  if (isNew) node.ino = yield* chooseIno(union, node, top.found.attributes.ino, lowers.length > 0 ? originOf(lowers).found.attributes.ino : 0);
  if (directory) union.called(node, directory, name);
  // The file may have been copied up by another of its names.
  if (!upper && !node.directory && (node.upper || top.found.attributes.nlink > 1)) {
    const now = node.upper ? yield* wait(node.upper.layer.client.getattr(node.upper.node)) : yield* findCopy(union, node);
    if (typeof now === 'object' && node.meta && !data) node.dataBlocks = top.found.attributes.blocks;
    if (typeof now === 'object') return new ShownEntry(node, present(node, now));
  }
  return new ShownEntry(node, present(node, top.found.attributes));
}

/** Sets the directories of lower layers that are seen through a node. */
function merge(union: Union, node: OverlayNode, upper: Piece | undefined, lowers: readonly Piece[]): void {
  const below = upper ? lowers : lowers.slice(1);
  // It was copied up while it was looked up.
  if (node.upper && !upper) return drop({ upper, lowers: [...below] });
  const own = node.upper ? [] : node.lowers.slice(0, 1);
  const before = node.lowers.slice(own.length);
  node.lowers = own;
  for (const piece of below) {
    const known = before.findIndex(({ layer, node: inner }) => layer === piece.layer && inner === piece.found.node);
    const [kept] = known < 0 ? [] : before.splice(known, 1);
    if (kept) kept.count++;
    node.lowers.push(kept ?? takenOver(piece));
  }
  for (const gone of before) union.leave(node, gone);
}

function* isDevice({ marks }: Union, { layer, found: { node, attributes } }: Piece): Steps<boolean> {
  if (!layer.ours || attributes.mode >>> 12 !== FileType.REGULAR || attributes.size !== 0) return false;
  return (yield* layer.mark(node, marks.device)) !== undefined;
}

/** Attributes of the place on top, as the overlay shows them. */
export function present(node: OverlayNode, attributes: Attributes): Attributes {
  attributes.ino = node.ino;
  if (node.meta) attributes.blocks = node.dataBlocks;
  if (node.merged) attributes.nlink = 1;
  else if (!node.directory) attributes.nlink += node.extraLinks;
  if (node.device) attributes.mode = (attributes.mode & 0o7777) | S_IFCHR;
  return attributes;
}
