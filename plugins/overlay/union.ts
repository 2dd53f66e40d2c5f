import type { NodeTable } from '../../core/filesystem/nodes.js';
import { ROOT_NODE } from '../../core/protocol/flags.js';
import type { Log } from '../../core/log.js';
import { Gate } from './gate.js';
import { Stages } from './stages.js';
import type { Layer } from './layer.js';
import type { Marks } from './marks.js';
import { FileType, OverlayNode, type Place } from './node.js';
import { OpenFiles } from './open-files.js';
import type { Streams } from './streams.js';
import type { Upper } from './upper.js';

/** The state of one overlay. */
export class Union {
  readonly gate = new Gate();
  /** Changes that are made in several steps, between which the upper layer must stay the same. */
  readonly stages = new Stages();
  readonly files = new OpenFiles();
  readonly root: OverlayNode;
  private readonly nodes: (OverlayNode | undefined)[] = [];

  constructor(
    private readonly table: NodeTable,
    /** Replaced by a snapshot alone. */
    public upper: Upper | undefined,
    /** Topmost first; former upper layers are on top. */
    public lowers: readonly Layer[],
    readonly marks: Marks,
    readonly streams: Streams,
    readonly redirects: boolean,
    /** Metadata are copied up without data; copies of that kind are expected everywhere. */
    readonly metacopy: boolean,
    /** Longest name in bytes. */
    readonly nameMax: number,
    readonly log: Log,
  ) {
    this.root = new OverlayNode(ROOT_NODE, FileType.DIRECTORY);
    this.nodes[ROOT_NODE] = this.root;
  }

  /** A node that the session has checked. */
  node(number: number): OverlayNode {
    return this.nodes[number]!;
  }

  /** Former upper layers, the latest first. */
  get frozen(): readonly Upper[] {
    return this.lowers.filter((layer): layer is Upper => layer.ours);
  }

  /** All nodes. */
  all(): OverlayNode[] {
    return this.nodes.filter((node) => node !== undefined);
  }

  /** The node that shows `top`, a place that was just looked up, with the look-up taken over; a new one when there is none. */
  show(top: Place, type: number): OverlayNode {
    const known = top.layer.shown[top.node];
    if (known && known.type === type) {
      const place = known.upper?.layer === top.layer ? known.upper : known.lowers.find(({ layer, node }) => layer === top.layer && node === top.node)!;
      place.count += top.count;
      return known;
    }
    const node = new OverlayNode(this.table.allocate(), type);
    this.nodes[node.number] = node;
    if (top.layer === this.upper) node.upper = top;
    else node.lowers = [top];
    top.layer.shown[top.node] = node;
    return node;
  }

  /** Notes one of the names of a node. */
  called(node: OverlayNode, parent: OverlayNode | undefined, name: string): void {
    if (node === this.root) return;
    const before = node.parent;
    if (parent) parent.children++;
    node.parent = parent;
    node.name = name;
    if (before) {
      before.children--;
      this.release(before);
    }
  }

  /** Forgets a node that nobody refers to any more; calls for others are ignored. */
  release(node: OverlayNode): void {
    if (node === this.root || this.table.references[node.number]! > 0 || node.children > 0 || node.opens.length > 0 || node.copying) return;
    if (this.nodes[node.number] !== node) return;
    this.nodes[node.number] = undefined;
    this.table.release(node.number);
    if (node.upper) this.leave(node, node.upper);
    for (const place of node.lowers) this.leave(node, place);
    this.called(node, undefined, '');
  }

  forget(number: number): void {
    const node = this.nodes[number];
    if (node) this.release(node);
  }

  /** Gives the look-ups of a place back. */
  leave(node: OverlayNode | undefined, { layer, node: inner, count }: Place): void {
    if (node && layer.shown[inner] === node) layer.shown[inner] = undefined;
    layer.client.forget(inner, count);
  }
}
