import { UpperUnusable } from '../../../core/errors.js';
import { errnoName } from '../../../core/filesystem/errno.js';
import { namesIn, removeTree, type Steps, wait } from '../../../stack/index.js';
import type { Upper } from '../upper.js';

/** The directory of links for the changes that follow after `count` snapshots. */
export const linksOf = (count: number): string => (count === 0 ? 'fusewire-links' : `fusewire-links.${count}`);

/** What is not complete yet. */
export const NEW = 'new';
/** What is about to change places with the upper directory: named by its own inode number, so that one can tell whether it has. */
const SKELETON = /^skeleton-(\d+)$/;
export const skeletonName = (ino: number): string => `skeleton-${ino}`;

/** Finds the former upper layers, the latest first, and where the upper one keeps its links. */
export function* thaw(upper: Upper): Steps<Upper[]> {
  const { client, snapshots } = upper;
  const listed = yield* namesIn(client, snapshots);
  if (typeof listed === 'number') throw UpperUnusable(`its snapshots cannot be listed: ${errnoName(listed)}`);
  const numbers = listed.filter((name) => /^\d+$/.test(name)).map(Number).toSorted((a, b) => a - b);
  for (const name of listed) {
    if (name === NEW) yield* removeTree(client, snapshots, name);
    const own = SKELETON.exec(name);
    if (own && (yield* settle(upper, name, Number(own[1]), numbers.length + 1))) numbers.push(numbers.length + 1);
  }
  const frozen: Upper[] = [];
  for (const number of numbers) {
    const layer = upper.another();
    layer.root = yield* upper.directory(String(number), 0o700, snapshots);
    layer.links = yield* upper.directory(linksOf(frozen.length), 0o700, upper.workshop);
    frozen.unshift(layer);
  }
  upper.links = yield* upper.directory(linksOf(frozen.length), 0o700, upper.workshop);
  return frozen;
}

/** A snapshot was cut off: it is finished if both directories had changed places already, else undone. Whether it was finished. */
function* settle({ client, snapshots }: Upper, name: string, ino: number, number: number): Steps<boolean> {
  const found = yield* wait(client.lookup(snapshots, name));
  if (typeof found === 'number') return false;
  client.forget(found.node, 1);
  if (found.attributes.ino === ino) yield* removeTree(client, snapshots, name);
  else yield* wait(client.rename(snapshots, name, snapshots, String(number)));
  return found.attributes.ino !== ino;
}
