import { setImmediate } from 'node:timers/promises';
import { Errno } from '../../../core/filesystem/errno.js';
import { S_IFMT, S_IFREG } from '../../../core/protocol/mode.js';
import { namesIn, type Steps } from '../../../stack/index.js';
import { drop, find, isDirectory, type Piece, placeOf } from '../find.js';
import type { Place } from '../node.js';
import type { Union } from '../union.js';
import { lookIn, WHITEOUT } from '../whiteout.js';
import { must } from './failure.js';

/** The directory at the root of a lower layer in which a commit prepares files; hidden by a whiteout in the upper one. */
export const STAGING = '.fusewire-commit';

/** A directory of the layer whose changes are looked at, and what lower layers have or had in its place. */
export interface Pair {
  /** '' for the root, else with a slash in front. */
  readonly path: string;
  /** Where `lowers` are, which differs from `path` in directories that were renamed. */
  readonly origin: string;
  readonly upper: Place;
  /** Topmost first; redirects followed. */
  readonly lowers: readonly Place[];
  /** They show through. Otherwise the directory hides them. */
  readonly through: boolean;
}

/** One name in a directory of that layer. Its look-ups are held until the visit ends. */
export interface Entry {
  readonly pair: Pair;
  readonly name: string;
  readonly path: string;
  /** undefined: a whiteout. */
  readonly upper: Piece | undefined;
  /** What lower layers have under this name, topmost first; several directories, or one of anything else. */
  readonly base: readonly Piece[];
  /** What shows through the upper one, redirects followed. */
  readonly below: readonly Piece[];
  /** Where a directory that was renamed came from. */
  readonly from: string | undefined;
  /** Of a regular file whose metadata alone are in the upper layer: what has its data. */
  readonly data?: Piece | undefined;
}

/** The pair of the root. */
export function rootPair({ upper, lowers }: Union): Pair {
  return { path: '', origin: '', upper: { layer: upper!, node: upper!.root, count: 0 }, lowers: lowers.map((layer) => ({ layer, node: layer.root, count: 0 })), through: true };
}

/** The pair of a directory. */
export function childPair({ pair, name, path, upper, base, below, from }: Entry): Pair {
  const through = below.length > 0;
  const lowers = through ? below : base.filter(({ found }) => isDirectory(found));
  return { path, origin: from ?? `${pair.origin}/${name}`, upper: placeOf(upper!), lowers: lowers.map(placeOf), through };
}

/** Names between two turns of the event loop. */
const TURN = 64;
let visited = 0;

/** Lets others have their turn, now and then. */
export function* breathe(): Steps<void> {
  if (++visited % TURN === 0) yield setImmediate();
}

/** All names that directories have, each once. */
export function* namesOf(places: readonly Place[], path: string): Steps<Set<string>> {
  const names = new Set<string>();
  for (const { layer, node } of places) for (const name of must(yield* namesIn(layer.client, node), path, 'cannot be listed')) names.add(name);
  return names;
}

/** Visits all names in a directory of the upper layer, sorted; not those below. */
export function* walk(union: Union, pair: Pair, visit: (entry: Entry) => Steps<void>): Steps<void> {
  for (const name of [...(yield* namesOf([pair.upper], pair.path))].toSorted()) {
    if (name === STAGING && pair.path === '') continue;
    yield* breathe();
    const entry = yield* look(union, pair, name);
    if (!entry) continue;
    try {
      yield* visit(entry);
    } finally {
      forget(entry);
    }
  }
}

export function forget({ upper, base, below, data }: Entry): void {
  drop({ upper, lowers: [...base, ...below], data });
}

/** What is under a name now; undefined when the upper layer has nothing. */
export function* look(union: Union, pair: Pair, name: string): Steps<Entry | undefined> {
  const path = `${pair.path}/${name}`;
  const found = yield* lookIn(pair.upper.layer, pair.upper.node, name, union.marks);
  if (found === Errno.ENOENT) return undefined;
  const base = yield* inBase(union, pair.lowers, name, path);
  if (found === WHITEOUT) return { pair, name, path, upper: undefined, base, below: [], from: undefined };
  const upper = { layer: pair.upper.layer, found: must(found, path, 'cannot be looked up') };
  if (!isDirectory(upper.found)) return { pair, name, path, upper, base, below: [], from: undefined, data: yield* dataOf(union, pair, upper, name, path) };
  const stack = must(yield* find(union, { upper: pair.upper, lowers: pair.through ? pair.lowers : [] }, name), path, 'cannot be looked up');
  drop({ upper: stack.upper, lowers: [] });
  const redirect = must(yield* upper.layer.mark(upper.found.node, union.marks.redirect), path, 'cannot be read');
  const from = redirect === undefined || stack.lowers.length === 0 ? undefined : originOf(pair, redirect);
  return { pair, name, path, upper, base, below: stack.lowers, from };
}

function* dataOf(union: Union, pair: Pair, { layer, found }: Piece, name: string, path: string): Steps<Piece | undefined> {
  if ((found.attributes.mode & S_IFMT) !== S_IFREG || (yield* layer.mark(found.node, union.marks.metacopy)) === undefined) return undefined;
  const { data, ...others } = must(yield* find(union, pair, name), path, 'cannot be looked up');
  drop(others);
  return data;
}

function originOf({ origin }: Pair, redirect: string): string {
  const way = Buffer.from(redirect, 'latin1').toString('utf8');
  return way.startsWith('/') ? way : `${origin}/${way}`;
}

/** What lower layers show under a name. */
export function* inBase(union: Union, lowers: readonly Place[], name: string, path: string): Steps<Piece[]> {
  const stack = yield* find(union, { upper: undefined, lowers }, name);
  return stack === Errno.ENOENT ? [] : must(stack, path, 'cannot be looked up').lowers;
}
