import { namesIn, type Steps, wait } from '../../../stack/index.js';
import { copyUp } from '../copy-up.js';
import { lowerNames } from '../links.js';
import { resolve, type ShownEntry } from '../lookup.js';
import { keepTimes } from '../keep-times.js';
import { list } from '../merge.js';
import { FileType, type OverlayNode } from '../node.js';
import { nameInUpper } from '../rename.js';
import type { Union } from '../union.js';
import { must } from './failure.js';
import { breathe } from './walk.js';

/** A name in lower layers of a file that was copied up by another of its names: it shows the copy, and the upper layer does not say so. */
export interface Scattered {
  /** The names of the directories that lead to it. */
  readonly way: readonly string[];
  readonly name: string;
}

/** All such names. Only where there are any, the tree is searched for them; not to be called in the gate. */
export function* scattered(union: Union): Steps<Scattered[]> {
  const wanted = yield* inodes(union);
  const found: Scattered[] = [];
  const left: string[][] = wanted.size > 0 ? [[]] : [];
  for (let way; (way = left.pop()); ) {
    const at = way;
    for (const { name, type, ino } of (yield* wait(union.gate.read(() => along(union, at, (node) => list(union, node))))) ?? []) {
      yield* breathe();
      if (type === FileType.DIRECTORY) left.push([...at, name]);
      else if (wanted.has(ino) && (yield* wait(union.gate.read(() => isOnlyLower(union, at, name))))) found.push({ way: at, name });
    }
  }
  return found;
}

/** Makes all such names in the upper layer. */
export function* gather(union: Union): Steps<void> {
  for (const { way, name } of yield* scattered(union)) {
    const path = `/${[...way, name].join('/')}`;
    const passed = yield* wait(union.gate.read(() => reach(union, way)));
    try {
      const directory = last(passed, way);
      if (!directory) continue;
      must(yield* copyUp(union, directory), path, 'cannot be copied up');
    } finally {
      letGo(union, passed);
    }
    yield* wait(union.gate.write(() => along(union, way, (node) => link(union, node, name, path))));
  }
}

/** Inode numbers of copies that have names in lower layers. */
function* inodes({ upper, marks }: Union): Steps<Set<number>> {
  const { client, links } = upper!;
  const wanted = new Set<number>();
  for (const name of must(yield* namesIn(client, links), '/', 'has links that cannot be listed')) {
    const found = yield* wait(client.lookup(links, name));
    if (typeof found === 'number') continue;
    // One less than there are, for the link that was just looked up.
    if (((yield* lowerNames(upper!, marks, found.node, found.attributes.nlink)) ?? -1) >= 0) wanted.add(Number(name));
    client.forget(found.node, 1);
  }
  return wanted;
}

/** Does something in the gate with the directory that a way leads to; undefined when there is none any more, and for an errno. */
export function* along<T>(union: Union, way: readonly string[], what: (node: OverlayNode) => Steps<T>): Steps<Exclude<T, number> | undefined> {
  const passed = yield* reach(union, way);
  try {
    const directory = last(passed, way);
    const result = directory && (yield* what(directory));
    return typeof result === 'number' ? undefined : result as Exclude<T, number> | undefined;
  } finally {
    letGo(union, passed);
  }
}

/** The nodes along a way, from the root on, as far as it goes; in the gate. They stay until they are let go. */
function* reach(union: Union, way: readonly string[]): Steps<OverlayNode[]> {
  const passed: OverlayNode[] = [union.root];
  for (const name of way) {
    const entry: ShownEntry | number = yield* resolve(union, passed.at(-1)!, name);
    if (typeof entry === 'number') break;
    passed.push(entry.shown);
    if (!entry.shown.directory) break;
  }
  return passed;
}

/** The directory at the end of a way. */
function last(passed: readonly OverlayNode[], way: readonly string[]): OverlayNode | undefined {
  const node = passed[way.length];
  return node?.directory === true ? node : undefined;
}

function letGo(union: Union, passed: readonly OverlayNode[]): void {
  for (const node of passed.toReversed()) union.release(node);
}

function* isOnlyLower(union: Union, way: readonly string[], name: string): Steps<boolean> {
  return (yield* along(union, way, function* (node) {
    const found = node.upper ? yield* wait(node.upper.layer.client.lookup(node.upper.node, name)) : 0;
    if (typeof found === 'object') node.upper!.layer.client.forget(found.node, 1);
    return typeof found === 'number';
  })) === true;
}

function* link(union: Union, directory: OverlayNode, name: string, path: string): Steps<void> {
  const entry: ShownEntry | number = yield* resolve(union, directory, name);
  if (typeof entry === 'number') return;
  const { shown } = entry;
  if (shown.upper && !shown.directory) must(yield* keepTimes(union.upper!.client, directory.upper!.node, () => nameInUpper(union, union.upper!, { directory, name }, shown)), path, 'cannot be linked');
  union.release(shown);
}
