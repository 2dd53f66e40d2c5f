import type { Change } from '../../../core/filesystem/change-set.js';
import { type Steps, wait } from '../../../stack/index.js';
import { drop, isDirectory, type Piece } from '../find.js';
import { resolve, type ShownEntry } from '../lookup.js';
import type { OverlayNode } from '../node.js';
import type { Union } from '../union.js';
import { compare, type FileOf } from './compare.js';
import { fileOf, upperFile } from './file-of.js';
import { must } from './failure.js';
import { kindOf } from './kinds.js';
import { along, scattered } from './scattered.js';
import { childPair, type Entry, inBase, namesOf, type Pair, rootPair, walk } from './walk.js';

/** A change, and the inode by which a file that was renamed is told. */
interface Noted {
  readonly change: Change;
  readonly ino: number;
}

class Differences {
  readonly noted: Noted[] = [];

  constructor(private readonly union: Union) {}

  *directory(pair: Pair): Steps<void> {
    const names = new Set<string>();
    yield* walk(this.union, pair, (entry) => {
      names.add(entry.name);
      return this.entry(entry);
    });
    if (!pair.through) yield* this.hidden(pair, names);
  }

  /** A name that the upper layer does not have, of a file that was copied up by another one. */
  *scattered(directory: OverlayNode, name: string, path: string): Steps<void> {
    const base = yield* inBase(this.union, directory.lowers, name, path);
    const entry: ShownEntry | number = yield* resolve(this.union, directory, name);
    if (typeof entry !== 'number') {
      const { upper, data } = entry.shown;
      if (upper && base[0]) {
        const attributes = must(yield* wait(upper.layer.client.getattr(upper.node)), path, 'cannot be read');
        yield* this.differs(path, { ...upper, attributes, data }, base[0]);
      }
      this.union.release(entry.shown);
    }
    drop({ upper: undefined, lowers: base });
  }

  private *entry(entry: Entry): Steps<void> {
    const { upper, base, path, from } = entry;
    if (!upper) return this.deleted(path, base);
    const file = upperFile(entry);
    const origin = yield* this.origin(upper);
    if (from !== undefined && from !== path) this.note({ change: 'renamed', path, type: 'directory', from });
    else if (base.length === 0) this.note({ change: 'added', path, type: kindOf(file.attributes.mode), ...sizes(file) }, origin);
    else yield* this.differs(path, file, base[0]!);
    if (isDirectory(upper.found)) yield* this.directory(childPair(entry));
  }

  private *differs(path: string, file: FileOf, base: Piece): Steps<void> {
    const difference = yield* compare(this.union.marks, file, fileOf(base), path);
    if (difference !== 'none') this.note({ change: difference === 'data' ? 'changed' : 'metadata', path, type: kindOf(file.attributes.mode), ...sizes(file, base) });
  }

  /** What a directory hides that took the place of another one. */
  private *hidden(pair: Pair, names: ReadonlySet<string>): Steps<void> {
    for (const name of [...(yield* namesOf(pair.lowers, pair.path))].filter((one) => !names.has(one)).toSorted()) {
      const base = yield* inBase(this.union, pair.lowers, name, `${pair.path}/${name}`);
      this.deleted(`${pair.path}/${name}`, base);
      drop({ upper: undefined, lowers: base });
    }
  }

  private deleted(path: string, [base]: readonly Piece[]): void {
    if (!base) return;
    const { mode, size, ino } = base.found.attributes;
    const type = kindOf(mode);
    this.note({ change: 'deleted', path, type, ...type === 'file' && { before: size } }, base.layer.ino(ino));
  }

  private *origin({ layer, found }: Piece): Steps<number> {
    const mark = isDirectory(found) ? undefined : yield* layer.mark(found.node, this.union.marks.ino);
    return typeof mark === 'string' ? Number(mark) : 0;
  }

  private note(change: Change, ino = 0): void {
    this.noted.push({ change, ino });
  }
}

function sizes({ attributes }: FileOf, base?: Piece): { size?: number; before?: number } {
  const before = base && kindOf(base.found.attributes.mode) === 'file' ? { before: base.found.attributes.size } : {};
  return { ...kindOf(attributes.mode) === 'file' && { size: attributes.size }, ...before };
}

/** A file that was deleted here and added there with the same origin was renamed; so was what a redirect leads to. */
function pairUp(noted: readonly Noted[]): Change[] {
  const moved = new Map<string, Change>();
  const directories = new Set(noted.flatMap(({ change }) => (change.change === 'renamed' ? [change.from!] : [])));
  const deleted = new Map(noted.filter(({ change, ino }) => change.change === 'deleted' && ino !== 0).map(({ change, ino }) => [ino, change]));
  const sources = new Set<Change>();
  for (const { change, ino } of noted) {
    const source = change.change === 'added' && ino !== 0 ? deleted.get(ino) : undefined;
    if (!source || sources.has(source) || source.type !== change.type) continue;
    sources.add(source);
    moved.set(change.path, { ...change, change: 'renamed', from: source.path, ...source.before !== undefined && { before: source.before } });
  }
  return noted.map(({ change }) => moved.get(change.path) ?? change)
    .filter((change) => change.change !== 'deleted' || !(sources.has(change) || directories.has(change.path)));
}

/** All changes of the upper layer, by path. */
export function* diff(union: Union): Steps<Change[]> {
  const differences = new Differences(union);
  yield* differences.directory(rootPair(union));
  for (const { way, name } of yield* scattered(union)) {
    yield* wait(union.gate.read(() => along(union, way, (directory) => differences.scattered(directory, name, `/${[...way, name].join('/')}`))));
  }
  return pairUp(differences.noted).toSorted((a, b) => (a.path < b.path ? -1 : 1));
}
