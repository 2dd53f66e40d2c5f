import { type Steps, wait } from '../../../stack/index.js';
import { drop, isDirectory, type Piece, placeOf } from '../find.js';
import type { Place } from '../node.js';
import type { Union } from '../union.js';
import { must } from './failure.js';
import { fileOf } from './file-of.js';
import type { Target } from './target.js';
import { inBase, namesOf } from './walk.js';

/** Makes what lower directories show together once more, below a directory of the target; its own files get one more name there. */
export function* clone(union: Union, target: Target, lowers: readonly Place[], into: number, path: string): Steps<void> {
  for (const name of yield* namesOf(lowers, path)) {
    const at = `${path}/${name}`;
    const pieces = yield* inBase(union, lowers, name, at);
    if (pieces[0]) yield* cloneOne(union, target, pieces, into, name, at);
    drop({ upper: undefined, lowers: pieces });
  }
}

function* cloneOne(union: Union, target: Target, pieces: readonly Piece[], into: number, name: string, path: string): Steps<void> {
  const { client } = target;
  const [{ layer, found }] = pieces as [Piece];
  if (isDirectory(found)) {
    const made = must(yield* wait(client.mkdir(into, name, 0o700)), path, 'cannot be made');
    yield* clone(union, target, pieces.map(placeOf), made.node, path);
    yield* target.dress(made.node, fileOf(pieces[0]!), path);
    client.forget(made.node, 1);
    return;
  }
  if (layer === target.layer) {
    const linked = yield* wait(client.link(found.node, into, name));
    if (typeof linked !== 'number') return client.forget(linked.node, 1);
  }
  const file = fileOf(pieces[0]!);
  const known = target.copyOf(file);
  if (known !== undefined) return client.forget(must(yield* wait(client.link(known, into, name)), path, 'cannot be linked').node, 1);
  const copy = yield* target.copy(file, path);
  yield* target.place(copy.name, into, name, path);
  if (found.attributes.nlink > 1) target.note(file, copy.node);
  else client.forget(copy.node, 1);
}
