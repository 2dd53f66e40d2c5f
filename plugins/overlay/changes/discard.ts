import { namesIn, type Steps, wait } from '../../../stack/index.js';
import type { Union } from '../union.js';
import { must } from './failure.js';
import { rebaseAll } from './rebase.js';
import { Target } from './target.js';

/** Throws all changes away; in the gate. Who has a file open keeps what was opened. */
export function* discard(union: Union): Steps<number> {
  const { client, root, work, links } = union.upper!;
  const names = must(yield* namesIn(client, root), '/', 'cannot be listed');
  for (const name of names) {
    const out = union.upper!.name();
    must(yield* wait(client.rename(root, name, work, out)), `/${name}`, 'cannot be thrown away');
  }
  must(yield* union.upper!.empty(links), '/', 'has links that cannot be removed');
  yield* rebaseAll(union);
  yield* undress(union);
  must(yield* union.upper!.empty(work), '/', 'cannot be removed');
  return names.length;
}

/** The root is what it was in the topmost lower layer, too. */
function* undress({ upper, lowers, marks }: Union): Steps<void> {
  const { client, root: node } = lowers[0]!;
  const attributes = must(yield* wait(client.getattr(node)), '/', 'cannot be read');
  yield* new Target(upper!, marks, '', true).dress(upper!.root, { layer: lowers[0]!, node, attributes }, '/');
}
