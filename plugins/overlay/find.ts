import { Errno } from '../../core/filesystem/errno.js';
import { type Found, type Steps, wait } from '../../stack/index.js';
import type { Layer } from './layer.js';
import { S_IFDIR, S_IFMT } from '../../core/protocol/mode.js';
import type { OverlayNode } from './node.js';
import type { Union } from './union.js';
import { lookIn, WHITEOUT } from './whiteout.js';

/** A file of one layer. */
export interface Piece {
  readonly layer: Layer;
  readonly found: Found;
}

/** What a name stands for, in each layer that has a say, topmost first; every piece holds a look-up. */
export interface Stack {
  readonly upper: Piece | undefined;
  readonly lowers: Piece[];
}

export const isDirectory = ({ attributes }: Found): boolean => (attributes.mode & S_IFMT) === S_IFDIR;

/** Gives the look-ups of a stack back. */
export function drop({ upper, lowers }: Stack): void {
  for (const { layer, found } of upper ? [upper, ...lowers] : lowers) layer.client.forget(found.node, 1);
}

/** Where the search goes on below a directory that was found: with which name, in which directories. */
interface Below {
  name: string;
  /** The place in each lower layer, topmost first. */
  places: readonly { layer: Layer; node: number }[];
  /** Look-ups to give back at the end. */
  readonly held: Piece[];
}

/** Searches a name in all layers of a directory. ENOENT where a whiteout, or nothing, is found. */
export function* find(union: Union, directory: OverlayNode, name: string): Steps<Stack | Errno> {
  let upper: Piece | undefined;
  const below: Below = { name, places: directory.lowers, held: [] };
  if (directory.upper) {
    const { layer, node } = directory.upper;
    const found = yield* lookIn(layer, node, name, union.marks);
    if (typeof found !== 'number') upper = { layer, found };
    else if (found !== Errno.ENOENT) return found === WHITEOUT ? Errno.ENOENT : found;
  }
  const lowers = upper && !(yield* goesOn(union, upper, below, -1)) ? [] : yield* findBelow(union, below, upper !== undefined);
  for (const { layer, found } of below.held) layer.client.forget(found.node, 1);
  if (typeof lowers !== 'number') return upper || lowers.length > 0 ? { upper, lowers } : Errno.ENOENT;
  if (upper) drop({ upper, lowers: [] });
  return lowers;
}

/** What the lower layers have; `covered`: only directories can show through what lies above. */
function* findBelow(union: Union, below: Below, covered: boolean): Steps<Piece[] | Errno> {
  const lowers: Piece[] = [];
  for (let i = 0; i < below.places.length; i++) {
    const { layer, node } = below.places[i]!;
    const found = yield* lookIn(layer, node, below.name, union.marks);
    if (found === Errno.ENOENT) continue;
    if (typeof found === 'number') {
      if (found === WHITEOUT) break;
      drop({ upper: undefined, lowers });
      return found;
    }
    const piece = { layer, found };
    if (!isDirectory(found)) {
      if (covered || lowers.length > 0) layer.client.forget(found.node, 1);
      else lowers.push(piece);
      break;
    }
    lowers.push(piece);
    if (!(yield* goesOn(union, piece, below, i))) break;
    if (below.places[i]?.layer !== layer) i = -1;
  }
  return lowers;
}

/** Whether directories of layers further down, behind place `at`, show through this piece; takes its redirect into account. */
function* goesOn(union: Union, { layer, found }: Piece, below: Below, at: number): Steps<boolean> {
  if (!isDirectory(found) || layer === union.lowers.at(-1)) return false;
  const redirect = yield* layer.mark(found.node, union.marks.redirect);
  if (redirect === undefined && at + 1 >= below.places.length) return false;
  if ((yield* layer.mark(found.node, union.marks.opaque)) === 'y') return false;
  if (typeof redirect === 'string' && redirect !== '') yield* follow(union, layer, Buffer.from(redirect, 'latin1').toString('utf8'), below);
  return true;
}

/** `redirect`: a name in the same directories, or a path from the root of every layer further down. */
function* follow(union: Union, layer: Layer, redirect: string, below: Below): Steps<void> {
  if (!redirect.startsWith('/')) {
    if (!redirect.includes('/')) below.name = redirect;
    return;
  }
  const way = redirect.split('/').filter((name) => name !== '');
  below.name = way.pop() ?? '';
  const places: { layer: Layer; node: number }[] = [];
  for (const lower of union.lowers.slice(union.lowers.indexOf(layer) + 1)) {
    let node = lower.root;
    for (const name of way) {
      const found: Found | Errno = yield* wait(lower.client.lookup(node, name));
      if (typeof found === 'number') {
        node = 0;
        break;
      }
      below.held.push({ layer: lower, found });
      node = found.node;
    }
    if (node !== 0) places.push({ layer: lower, node });
  }
  below.places = places;
}
