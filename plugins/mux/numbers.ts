import type { NodeTable } from '../../core/filesystem/nodes.js';
import { ROOT_NODE } from '../../core/protocol/flags.js';
import type { Share } from './share.js';

/** The nodes of a mux: of which share each is, and its number there. The root is of none. */
export class Numbers {
  private readonly shares: (Share | undefined)[] = [];
  private readonly inner: number[] = [];

  constructor(private readonly nodes: NodeTable) {}

  share(number: number): Share | undefined {
    return this.shares[number];
  }
  /** The node's number in its share. */
  node(number: number): number {
    return this.inner[number]!;
  }
  give(share: Share, node: number): number {
    const number = this.nodes.allocate();
    this.shares[number] = share;
    this.inner[number] = node;
    return number;
  }
  take(number: number): void {
    this.shares[number] = undefined;
    this.nodes.release(number);
  }
  /** Some kernel refers to it. */
  referred(number: number): boolean {
    return this.nodes.references[number]! > 0;
  }

  forget(number: number): void {
    if (number !== ROOT_NODE) this.shares[number]?.forget(this.inner[number]!, number);
  }
}
