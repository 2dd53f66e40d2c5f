import { Errno } from '../../core/filesystem/errno.js';
import type { Found, Steps } from '../../stack/index.js';
import type { Layer } from './layer.js';
import { S_IFDIR, S_IFMT, S_IFREG } from '../../core/protocol/mode.js';
import { isMetacopy } from './metacopy.js';
import type { Place } from './node.js';
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
  /** Of a file whose metadata alone are on top: what has its data. */
  readonly data?: Piece | undefined;
}

/** Where a piece is, while its look-up is held. */
export const placeOf = ({ layer, found }: Piece): Place => ({ layer, node: found.node, count: 0 });
/** The same, which takes the look-up over. */
export const takenOver = (piece: Piece): Place => ({ ...placeOf(piece), count: 1 });

export const isDirectory = ({ attributes }: Found): boolean => (attributes.mode & S_IFMT) === S_IFDIR;
const isRegular = ({ attributes }: Found): boolean => (attributes.mode & S_IFMT) === S_IFREG;

/** Gives the look-ups of a stack back. */
export function drop({ upper, lowers, data }: Stack): void {
  for (const piece of [upper, ...lowers, data]) piece?.layer.client.forget(piece.found.node, 1);
}

/** Where the search goes on below a directory that was found: with which name, in which directories. */
interface Below {
  name: string;
  /** The place in each lower layer, topmost first. */
  places: readonly Place[];
  /** Look-ups to give back at the end. */
  readonly held: Piece[];
}

/** Searches a name in all layers of a directory. ENOENT where a whiteout, or nothing, is found. */
export function* find(union: Union, directory: { readonly upper: Place | undefined; readonly lowers: readonly Place[] }, name: string): Steps<Stack | Errno> {
  let upper: Piece | undefined;
  const below: Below = { name, places: directory.lowers, held: [] };
  if (directory.upper) {
    const { layer, node } = directory.upper;
    const found = yield* lookIn(layer, node, name, union.marks);
    if (typeof found !== 'number') upper = { layer, found };
    else if (found !== Errno.ENOENT) return found === WHITEOUT ? Errno.ENOENT : found;
  }
  const lowers = upper && !(yield* goesOn(union, upper, below, -1)) ? [] : yield* findBelow(union, below, upper !== undefined);
  const stack = typeof lowers === 'number' ? lowers : yield* withData(union, { upper, lowers }, directory.upper, below);
  for (const { layer, found } of below.held) layer.client.forget(found.node, 1);
  if (typeof stack === 'number') {
    if (upper) drop({ upper, lowers: typeof lowers === 'number' ? [] : lowers });
    return stack;
  }
  return upper || stack.lowers.length > 0 ? stack : Errno.ENOENT;
}

/** Adds what has the data of a file, where its metadata alone were found; EIO when there is nothing. */
function* withData(union: Union, stack: Stack, directory: Place | undefined, below: Below): Steps<Stack | Errno> {
  const top = stack.upper ?? stack.lowers[0];
  if (!top || !isRegular(top.found)) return stack;
  let at = stack.upper ? -1 : below.places.findIndex(({ layer }) => layer === top.layer);
  let meta = yield* isMetacopy(union, stack.upper ? directory! : below.places[at]!, { layer: top.layer, node: top.found.node });
  if (meta === false) return stack;
  let from = top;
  while (meta === true) {
    const redirect = yield* from.layer.mark(from.found.node, union.marks.redirect);
    if (from !== top) from.layer.client.forget(from.found.node, 1);
    if (typeof redirect === 'string' && redirect !== '') {
      yield* follow(union, from.layer, Buffer.from(redirect, 'latin1').toString('utf8'), below);
      if (redirect.startsWith('/')) at = -1;
    }
    const next: Piece | undefined | Errno = yield* regularBelow(union, below, at);
    if (typeof next === 'number') return next;
    if (!next) return Errno.EIO;
    from = next;
    at = below.places.findIndex(({ layer }) => layer === next.layer);
    meta = yield* isMetacopy(union, below.places[at]!, { layer: next.layer, node: next.found.node });
  }
  if (typeof meta !== 'number') return { ...stack, data: from };
  from.layer.client.forget(from.found.node, 1);
  return meta;
}

/** The next regular file of a name, behind place `at`. */
function* regularBelow({ marks }: Union, below: Below, at: number): Steps<Piece | undefined | Errno> {
  for (const { layer, node } of below.places.slice(at + 1)) {
    const found = yield* lookIn(layer, node, below.name, marks);
    if (found === Errno.ENOENT) continue;
    if (typeof found === 'number') return found === WHITEOUT ? undefined : found;
    if (isRegular(found)) return { layer, found };
    layer.client.forget(found.node, 1);
    return undefined;
  }
  return undefined;
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

/** `redirect`: a name in the same directories, or a path from the root of all layers further down together, which have redirects of their own. */
function* follow(union: Union, layer: Layer, redirect: string, below: Below): Steps<void> {
  if (!redirect.startsWith('/')) {
    if (!redirect.includes('/')) below.name = redirect;
    return;
  }
  const way = redirect.split('/').filter((name) => name !== '');
  below.name = way.pop() ?? '';
  let places: readonly Place[] = union.lowers.slice(union.lowers.indexOf(layer) + 1).map((lower) => ({ layer: lower, node: lower.root, count: 0 }));
  for (const name of way) {
    const stack: Stack | Errno = yield* find(union, { upper: undefined, lowers: places }, name);
    const pieces: readonly Piece[] = typeof stack === 'number' ? [] : stack.lowers;
    below.held.push(...pieces);
    places = pieces.filter(({ found }) => isDirectory(found)).map(placeOf);
  }
  below.places = places;
}
