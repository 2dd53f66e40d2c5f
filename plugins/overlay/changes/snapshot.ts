import { SnapshotLinked } from '../../../core/errors.js';
import type { Attributes } from '../../../core/filesystem/attributes.js';
import { RenameFlag } from '../../../core/protocol/flags.js';
import { removeTree, type Steps, wait } from '../../../stack/index.js';
import { copyData } from '../copy-data.js';
import { dress } from '../copy-up.js';
import type { OverlayNode, Place } from '../node.js';
import type { Union } from '../union.js';
import type { Upper } from '../upper.js';
import { must } from './failure.js';
import { linksOf, NEW, skeletonName } from './snapshots.js';

/** A file that is open: it stays where it is written to, and the snapshot gets a copy. */
interface Kept {
  readonly node: OverlayNode;
  readonly path: string;
  /** Of the copy, in the work directory. */
  readonly as: string;
}

/** A directory of the new upper layer, and the one that it stands for. */
interface Twin {
  readonly node: OverlayNode;
  readonly made: number;
  readonly attributes: Attributes;
}

/**
 * Makes the upper layer a lower one, with a new one on top; while nothing else is under way, in the gate. Both change
 * places in one step. Open files belong to the new layer from then on, with the directories that lead to them, so that
 * nobody who has one open notices.
 */
export class Snapshot {
  private readonly upper: Upper;
  private readonly number: number;
  private readonly twins = new Map<OverlayNode, Twin>();

  constructor(private readonly union: Union) {
    this.upper = union.upper!;
    this.number = union.frozen.length + 1;
  }

  *run(): Steps<number> {
    const { union, upper, number } = this;
    const { client, snapshots, home } = upper;
    const kept: Kept[] = [];
    // One that could not be made may have left it.
    yield* removeTree(client, snapshots, NEW);
    for (const node of union.all()) if (isOpen(node, upper)) kept.push(...(yield* this.copy(node)));
    const made = must(yield* wait(client.mkdir(snapshots, NEW, 0o700)), '/', 'cannot be made anew');
    const skeleton = skeletonName(made.attributes.ino);
    yield* this.twin(union.root, made.node);
    for (const { node } of kept) yield* this.lead(node.parent!);
    const next = upper.another();
    next.root = made.node;
    next.links = yield* upper.directory(linksOf(number), 0o700, upper.workshop);
    must(yield* wait(client.rename(snapshots, NEW, snapshots, skeleton)), '/', 'cannot be made anew');
    const exchanged = yield* wait(client.rename(snapshots, skeleton, home.directory, home.name, RenameFlag.EXCHANGE));
    if (exchanged < 0) {
      yield* removeTree(client, snapshots, skeleton);
      for (const { as } of kept) yield* wait(client.unlink(upper.work, as));
    }
    must(exchanged, '/', 'cannot be exchanged for a new one');
    must(yield* wait(client.rename(snapshots, skeleton, snapshots, String(number))), '/', 'cannot be kept');
    const before = new Map(union.all().map((node) => [node, node.upper]));
    this.move(next, new Set(kept.map(({ node }) => node)));
    for (const one of kept) yield* this.exchange(one, before.get(one.node.parent!)!);
    for (const { made: inner, attributes: { atime, atimeNsec, mtime, mtimeNsec } } of this.twins.values()) yield* wait(client.setattr(inner, { atime, atimeNsec, mtime, mtimeNsec }));
    return number;
  }

  /** Copies an open file; nothing of one that has no name any more. */
  private *copy(node: OverlayNode): Steps<Kept[]> {
    const { union, upper } = this;
    if (!node.parent) return [];
    const path = pathOf(node);
    const attributes = must(yield* wait(upper.client.getattr(node.upper!.node)), path, 'cannot be read');
    if (attributes.nlink > 1) throw SnapshotLinked(path);
    const as = upper.name();
    const made = must(yield* copyData(upper, node.upper!, as, attributes.size), path, 'cannot be copied');
    must(yield* dress(union, upper, node, node.upper!, attributes, made), path, 'cannot be copied');
    upper.client.forget(made, 1);
    return [{ node, path, as }];
  }

  /** Makes the directories that lead to a directory, and itself. */
  private *lead(node: OverlayNode): Steps<Twin> {
    const known = this.twins.get(node);
    if (known) return known;
    const into: Twin = yield* this.lead(node.parent!);
    const { client } = this.upper;
    return yield* this.twin(node, must(yield* wait(client.mkdir(into.made, node.name, 0o700)), pathOf(node), 'cannot be made anew').node);
  }

  private *twin(node: OverlayNode, made: number): Steps<Twin> {
    const { union, upper } = this;
    const attributes = must(yield* wait(upper.client.getattr(node.upper!.node)), pathOf(node), 'cannot be read');
    must(yield* dress(union, upper, node, node.upper!, attributes, made), pathOf(node), 'cannot be made anew');
    if (upper.marked) yield* upper.setMark(made, union.marks.impure, 'y');
    const twin = { node, made, attributes };
    this.twins.set(node, twin);
    return twin;
  }

  /** Has all nodes know where their files are now. */
  private move(next: Upper, kept: ReadonlySet<OverlayNode>): void {
    const { union, upper, twins } = this;
    for (const node of union.all()) {
      const place = node.upper;
      if (!place) continue;
      if (kept.has(node) || (!node.parent && node !== union.root)) {
        upper.shown[place.node] = undefined;
        node.upper = { ...place, layer: next };
      } else {
        const twin = twins.get(node);
        node.upper = twin && { layer: next, node: twin.made, count: node === union.root ? 0 : 1 };
        node.lowers = [place, ...node.lowers];
        node.enrolled = false;
      }
      if (node.upper) next.shown[node.upper.node] = node;
      for (const file of node.opens) if (file.layer === upper) file.layer = next;
    }
    union.upper = next;
    union.lowers = [upper, ...union.lowers];
  }

  /** Puts an open file into the new layer, and its copy where it was. */
  private *exchange({ node, path, as }: Kept, { node: from }: Place): Steps<void> {
    const { client, work } = this.upper;
    const into = node.parent!.upper!.node;
    must(yield* wait(client.rename(work, as, into, node.name)), path, 'cannot be kept open');
    must(yield* wait(client.rename(into, node.name, from, node.name, RenameFlag.EXCHANGE)), path, 'cannot be kept open');
  }
}

const isOpen = ({ opens, upper: place }: OverlayNode, upper: Upper): boolean => place !== undefined && opens.some(({ layer }) => layer === upper);

function pathOf(node: OverlayNode): string {
  let path = '';
  for (let at = node; at.parent; at = at.parent) path = `/${at.name}${path}`;
  return path || '/';
}
