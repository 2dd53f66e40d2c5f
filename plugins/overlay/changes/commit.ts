import { randomBytes } from 'node:crypto';
import type { Attributes } from '../../../core/filesystem/attributes.js';
import type { Committed } from '../../../core/filesystem/change-set.js';
import { Errno } from '../../../core/filesystem/errno.js';
import { type Found, namesIn, type Steps, wait } from '../../../stack/index.js';
import { isDirectory, type Piece, placeOf } from '../find.js';
import { lowerNames } from '../links.js';
import { changes } from '../open-flags.js';
import type { Union } from '../union.js';
import type { Upper } from '../upper.js';
import { lookIn, WHITEOUT } from '../whiteout.js';
import { clone } from './clone.js';
import { compare } from './compare.js';
import { dependent } from './dependent.js';
import { must } from './failure.js';
import { fileOf, upperFile } from './file-of.js';
import { rebase } from './rebase.js';
import { Target } from './target.js';
import { childPair, type Entry, forget, inBase, look, type Pair, rootPair, STAGING, walk } from './walk.js';

const same = (a: Attributes, b: Attributes): boolean => a.ctime === b.ctime && a.ctimeNsec === b.ctimeNsec && a.size === b.size;

/**
 * Applies the upper layer to a target. Where that is the topmost lower layer, each step leaves the tree that the overlay
 * shows as it was, whenever it is cut off: what is written to the target is hidden by what it was copied from, and that is
 * removed only when the target has all of it, on the disk. So a commit that was cut off is simply begun anew:
 *
 * 1. Directories that were renamed get what shows through them under a name in the staging directory, and a redirect there.
 * 2. Files, directories and deletions are applied; a directory that hid others lets the target's show through, which is
 *    empty then; a renamed one gets what was staged for it.
 * 3. The target is synced; then what is the same in both is removed from the upper layer.
 */
class Commit {
  private readonly marks;
  /** What upper files were when they were applied, by inode number. */
  private readonly applied = new Map<number, Attributes>();
  private readonly left = new Set<string>();
  private written = 0;
  private deleted = 0;

  /** `own`: the target is the topmost lower layer; else it is told nothing of the overlay, and the upper layer stays. */
  constructor(private readonly union: Union, private readonly upper: Upper, private readonly target: Target, private readonly own: boolean) {
    this.marks = union.marks;
  }

  *run(): Steps<Committed> {
    const { upper, target, own } = this;
    if (own) yield* this.hideStaging();
    yield* target.open();
    if (own) yield* this.redirects(rootPair(this.union));
    yield* this.directory(rootPair(this.union), target.layer.root);
    const synced = target.isVolatile ? 0 : yield* wait(target.client.syncfs(target.layer.root));
    if (synced !== Errno.ENOSYS) must(synced, '/', 'cannot be synced');
    if (own) {
      yield* this.empty(rootPair(this.union));
      yield* this.unlist();
    }
    yield* target.close();
    if (own) must(yield* wait(upper.client.unlink(upper.root, STAGING)), `/${STAGING}`, 'cannot be removed');
    return { written: this.written, deleted: this.deleted, left: [...this.left].toSorted() };
  }

  private *hideStaging(): Steps<void> {
    const { upper, target, marks } = this;
    const there = yield* lookIn(upper, upper.root, STAGING, marks);
    if (there === WHITEOUT) return;
    yield* target.refuseLeftovers();
    must((yield* upper.announce(upper.root, marks)) || (yield* upper.whiteout(upper.root, STAGING, marks)), `/${STAGING}`, 'cannot be hidden');
  }

  private *redirects(pair: Pair): Steps<void> {
    yield* walk(this.union, pair, function* (this: Commit, entry: Entry): Steps<void> {
      if (!entry.upper || !isDirectory(entry.upper.found)) return;
      if (entry.from === undefined) yield* this.settle(entry);
      else if (!entry.from.startsWith(`/${STAGING}/`)) yield* this.stage(entry);
      const now = yield* look(this.union, pair, entry.name);
      if (!now) return;
      yield* this.redirects(childPair(now));
      forget(now);
    }.bind(this));
  }

  /** What was staged for a renamed directory has been moved into place, and the redirect has outlived that. */
  private *settle({ upper, path }: Entry): Steps<void> {
    const { layer, found } = upper!;
    const redirect = must(yield* layer.mark(found.node, this.marks.redirect), path, 'cannot be read');
    if (redirect?.startsWith(`/${STAGING}/`)) yield* this.reveal(layer as Upper, found.node, this.marks.redirect);
  }

  /** Makes what shows through a renamed directory once more, and leads the redirect there. */
  private *stage({ upper, below, path }: Entry): Steps<void> {
    const { target, marks } = this;
    const name = yield* target.name();
    // What an earlier commit staged is not to be met.
    const final = `d${randomBytes(8).toString('hex')}`;
    const made = must(yield* wait(target.client.mkdir(target.work, name, 0o700)), path, 'cannot be prepared');
    yield* clone(this.union, target, below.map(placeOf), made.node, path);
    target.client.forget(made.node, 1);
    must(yield* wait(target.client.rename(target.work, name, target.work, final)), path, 'cannot be prepared');
    must(yield* upper!.layer.setMark(upper!.found.node, marks.redirect, `/${STAGING}/${final}`), path, 'cannot be redirected');
  }

  private *directory(pair: Pair, into: number): Steps<void> {
    yield* walk(this.union, pair, function* (this: Commit, entry: Entry): Steps<void> {
      if (!entry.upper) yield* this.gone(entry, into);
      else if (isDirectory(entry.upper.found)) yield* this.subdirectory(entry, into);
      else yield* this.file(entry, into);
    }.bind(this));
  }

  /** What layers below the target have under a name, which the target has to hide. */
  private *deeper({ pair, name, path }: Entry): Steps<boolean> {
    const lowers = this.own ? pair.lowers.filter(({ layer }) => layer !== this.target.layer) : [];
    if (lowers.length === 0) return false;
    const pieces = yield* inBase(this.union, lowers, name, path);
    for (const { layer, found } of pieces) layer.client.forget(found.node, 1);
    return pieces.length > 0;
  }

  private *gone(entry: Entry, into: number): Steps<void> {
    const { name, path, base } = entry;
    if (yield* this.deeper(entry)) {
      if (base.length === 0) return;
      yield* this.target.whiteout(into, name, path);
      this.deleted++;
    } else if (yield* this.target.remove(into, name, path)) this.deleted++;
  }

  private *file(entry: Entry, into: number): Steps<void> {
    const { name, path } = entry;
    const { layer, found } = entry.upper!;
    if (layer.shown[found.node]?.opens.some(({ flags }) => changes(flags)) || (this.own && (yield* this.hasOtherNames(entry.upper!)))) {
      this.left.add(path);
      return;
    }
    const there = yield* this.target.lookup(into, name, path);
    const linked = this.target.copyOf(fileOf(entry.upper!));
    if (linked !== undefined) {
      if (there?.node !== linked) yield* this.link(linked, into, name, path);
    } else yield* this.write(entry, there, into);
    if (there) this.target.client.forget(there.node, 1);
    const after = must(yield* wait(layer.client.getattr(found.node)), path, 'cannot be read');
    if (same(found.attributes, after)) this.applied.set(after.ino, after);
  }

  private *write(entry: Entry, there: Found | undefined, into: number): Steps<void> {
    const { target, marks } = this;
    const { name, path } = entry;
    const file = upperFile(entry);
    const old = there && { layer: target.layer, node: there.node, attributes: there.attributes };
    const difference = old ? yield* compare(marks, file, old, path) : 'data';
    const shared = there !== undefined && there.attributes.nlink > 1 && file.attributes.nlink === 1;
    if (difference !== 'none') this.written++;
    if (difference === 'data' || (difference === 'metadata' && shared)) {
      const copy = yield* target.copy(file, path);
      yield* target.place(copy.name, into, name, path);
      target.client.forget(copy.node, 1);
    } else if (difference === 'metadata') yield* target.dress(there!.node, file, path);
    if (file.attributes.nlink < 2) return;
    const now = yield* target.lookup(into, name, path);
    if (now) target.note(file, now.node);
  }

  private *link(node: number, into: number, name: string, path: string): Steps<void> {
    const { target } = this;
    const staged = yield* target.name();
    const made = must(yield* wait(target.client.link(node, target.work, staged)), path, 'cannot be linked');
    yield* target.place(staged, into, name, path);
    target.client.forget(made.node, 1);
    this.written++;
  }

  /** Whether lower names still lead to the copy: they would not after it went. */
  private *hasOtherNames({ layer, found }: Piece): Steps<boolean> {
    if (found.attributes.nlink < 2) return false;
    return ((yield* lowerNames(layer as Upper, this.marks, found.node, found.attributes.nlink)) ?? -1) >= 0;
  }

  private *subdirectory(entry: Entry, into: number): Steps<void> {
    const { target, own } = this;
    const { name, path } = entry;
    if (yield* this.prepare(entry, into)) this.written++;
    const now = own ? (yield* look(this.union, entry.pair, name))! : entry;
    const there = (yield* target.lookup(into, name, path))!;
    const upper = fileOf(entry.upper!);
    yield* this.directory(childPair(now), there.node);
    const old = { layer: target.layer, node: there.node, attributes: there.attributes };
    if ((yield* compare(this.marks, upper, old, path)) !== 'none') this.written++;
    yield* target.dress(there.node, upper, path);
    target.client.forget(there.node, 1);
    if (now !== entry) forget(now);
  }

  /** Sees to it that the target has the directory, and that it shows through; whether there was something to do. */
  private *prepare(entry: Entry, into: number): Steps<boolean> {
    const { target, own, marks } = this;
    const { name, path, below, from } = entry;
    const { layer, found } = entry.upper!;
    const staged = own && from?.startsWith(`/${STAGING}/`) ? from.slice(STAGING.length + 2) : undefined;
    if (staged !== undefined) {
      if (yield* this.deeper(entry)) {
        const there = yield* target.lookup(target.work, staged, path);
        if (there) {
          yield* this.cover(there.node, path);
          target.client.forget(there.node, 1);
        }
      }
      yield* target.place(staged, into, name, path);
      return yield* this.reveal(layer as Upper, found.node, marks.redirect);
    }
    if (own && below.length === 0) {
      yield* this.make(entry, into, yield* this.deeper(entry));
      const redirect = must(yield* layer.mark(found.node, marks.redirect), path, 'cannot be read');
      if (redirect !== undefined) yield* wait(layer.client.removexattr(found.node, marks.redirect));
      return yield* this.reveal(layer as Upper, found.node, marks.opaque);
    }
    if (!own && (below.length === 0 || (from !== undefined && from !== path))) {
      const copied = yield* target.copy(fileOf(entry.upper!), path);
      yield* clone(this.union, target, below.map(placeOf), copied.node, path);
      yield* target.place(copied.name, into, name, path);
      target.client.forget(copied.node, 1);
      return true;
    }
    const there = yield* target.lookup(into, name, path);
    if (there) target.client.forget(there.node, 1);
    if (there && isDirectory(there)) return false;
    yield* this.make(entry, into, false);
    if (own) yield* this.seen(layer as Upper, found.node);
    return true;
  }

  /** Has a directory of the target hide what layers below it have by the name that it will get. */
  private *cover(node: number, path: string): Steps<void> {
    must(yield* this.target.layer.setMark(node, this.marks.opaque, 'y'), path, 'cannot be made to hide what lies below');
  }

  private *make(entry: Entry, into: number, opaque: boolean): Steps<void> {
    const { target } = this;
    const copy = yield* target.copy(fileOf(entry.upper!), entry.path);
    if (opaque) yield* this.cover(copy.node, entry.path);
    yield* target.place(copy.name, into, entry.name, entry.path);
    target.client.forget(copy.node, 1);
  }

  private *reveal(layer: Upper, node: number, mark: string): Steps<true> {
    if (mark !== this.marks.opaque || (yield* layer.mark(node, mark)) === 'y') yield* wait(layer.client.removexattr(node, mark));
    yield* this.seen(layer, node);
    return true;
  }

  private *seen(layer: Upper, node: number): Steps<void> {
    const shown = layer.shown[node];
    if (shown) yield* rebase(this.union, shown);
  }

  /** Removes from the upper layer what the target has by now. */
  private *empty(pair: Pair): Steps<void> {
    yield* walk(this.union, pair, function* (this: Commit, entry: Entry): Steps<void> {
      const { upper, base, name, path } = entry;
      const { layer, node } = pair.upper;
      if (!upper) {
        if (base.length === 0) must(yield* wait(layer.client.unlink(node, name)), path, 'cannot be removed');
      } else if (isDirectory(upper.found)) yield* this.emptyDirectory(entry, upper);
      else if (this.isApplied(upper)) {
        must(yield* wait(layer.client.unlink(node, name)), path, 'cannot be removed');
        yield* this.seen(this.upper, upper.found.node);
      } else this.left.add(path);
    }.bind(this));
  }

  private isApplied({ layer, found }: Piece): boolean {
    const then = this.applied.get(found.attributes.ino);
    if (!then || (layer.shown[found.node]?.opens.length ?? 0) > 0) return false;
    const { size, mtime, mtimeNsec } = found.attributes;
    // Unlinking another name of it changes ctime.
    return same(then, found.attributes) || (then.nlink > found.attributes.nlink && then.size === size && then.mtime === mtime && then.mtimeNsec === mtimeNsec);
  }

  private *emptyDirectory(entry: Entry, { layer, found }: Piece): Steps<void> {
    yield* this.empty(childPair(entry));
    const names = must(yield* namesIn(layer.client, found.node), entry.path, 'cannot be listed');
    if (names.length > 0) {
      const { atime, atimeNsec, mtime, mtimeNsec } = found.attributes;
      yield* wait(layer.client.setattr(found.node, { atime, atimeNsec, mtime, mtimeNsec }));
      return;
    }
    must(yield* wait(layer.client.rmdir(entry.pair.upper.node, entry.name)), entry.path, 'cannot be removed');
    yield* this.seen(this.upper, found.node);
  }

  /** Files with several names that have none left but the one in the list of links. */
  private *unlist(): Steps<void> {
    const { client, links } = this.upper;
    for (const name of must(yield* namesIn(client, links), '/', 'has links that cannot be listed')) {
      const found = yield* wait(client.lookup(links, name));
      if (typeof found === 'number') continue;
      client.forget(found.node, 1);
      if (found.attributes.nlink === 1) yield* wait(client.unlink(links, name));
    }
  }
}

/** Applies the changes to the topmost lower layer and empties the upper one; in the gate. undefined: files need `complete` first. */
export function* commit(union: Union): Steps<Committed | undefined> {
  const { upper, lowers, marks } = union;
  if ((yield* dependent(union)).length > 0) return undefined;
  return yield* new Commit(union, upper!, new Target(lowers[0]!, marks, STAGING, upper!.isVolatile), true).run();
}

/** Applies the changes to another file system and keeps them. */
export function commitTo(union: Union, target: Target): Steps<Committed> {
  return new Commit(union, union.upper!, target, false).run();
}

/** Whether a commit was cut off. */
export function* isUnfinished({ upper, marks }: Union): Steps<boolean> {
  return upper !== undefined && (yield* lookIn(upper, upper.root, STAGING, marks)) === WHITEOUT;
}
