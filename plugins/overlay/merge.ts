import type { Errno } from '../../core/filesystem/errno.js';
import { entriesIn, type Steps } from '../../stack/index.js';
import { resolve } from './lookup.js';
import { isImpure } from './metacopy.js';
import { FileType, type OverlayNode, type Place } from './node.js';
import type { Union } from './union.js';
import { lookIn, WHITEOUT } from './whiteout.js';

/** An entry of a merged directory; `type` as readdir(3) has it. */
export interface MergedEntry {
  readonly name: string;
  ino: number;
  type: number;
}

const O_NOATIME = 0o1000000;

/** All entries of a directory, each once, without `.` and `..`. */
export function* list(union: Union, directory: OverlayNode): Steps<MergedEntry[] | Errno> {
  const names = new Set<string>();
  const entries: MergedEntry[] = [];
  const unsure: MergedEntry[] = [];
  const places = directory.upper ? [directory.upper, ...directory.lowers] : directory.lowers;
  const mixed = directory.merged || (directory.top.layer.ours && (yield* isImpure(union, directory.top)));
  for (const [i, place] of places.entries()) {
    const listed = yield* entriesIn(place.layer.client, place.node, place.layer.ours ? 0 : O_NOATIME);
    if (typeof listed === 'number') return listed;
    const files = (yield* place.layer.mark(place.node, union.marks.opaque)) === 'x';
    const last = i === places.length - 1;
    for (const { name, ino, type } of listed) {
      if (names.has(name)) continue;
      if (!last) names.add(name);
      if (maybeWhiteout(type, files) && (yield* isGone(union, place, name))) continue;
      const entry = { name, ino: place.layer.ino(ino), type };
      entries.push(entry);
      if (type === FileType.UNKNOWN || (mixed && place.layer.ours)) unsure.push(entry);
    }
  }
  for (const entry of unsure) yield* ascertain(union, directory, entry);
  return entries;
}

/** Whether whatever the directory holds is hidden by whiteouts. */
export function* isEmpty(union: Union, directory: OverlayNode): Steps<boolean | Errno> {
  const entries = yield* list(union, directory);
  return typeof entries === 'number' ? entries : entries.length === 0;
}

const maybeWhiteout = (type: number, files: boolean): boolean => type === FileType.CHARACTER || type === FileType.UNKNOWN || (files && type === FileType.REGULAR);

function* isGone(union: Union, { layer, node }: Place, name: string): Steps<boolean> {
  const found = yield* lookIn(layer, node, name, union.marks);
  if (typeof found === 'number') return found === WHITEOUT;
  layer.client.forget(found.node, 1);
  return false;
}

/** Asks for what the layer's listing does not tell: the number that stat(2) shows, and the type. */
function* ascertain(union: Union, directory: OverlayNode, entry: MergedEntry): Steps<void> {
  const found = yield* resolve(union, directory, entry.name);
  if (typeof found === 'number') return;
  entry.ino = found.shown.ino;
  entry.type = found.attributes.mode >>> 12;
  union.release(found.shown);
}
