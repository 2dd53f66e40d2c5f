interface Known {
  /** Look-ups that the server has counted and that were not forgotten. */
  lookups: number;
  /** Who needs the node here. */
  users: number;
}

/** The nodes that the server keeps for this session, with its look-up counts (fuse.h, `fuse_forget_in`). */
export class Nodes {
  readonly #known = new Map<number, Known>();

  /** `forget` takes look-ups of a node back at the server. */
  constructor(private readonly forget: (node: number, lookups: number) => void) {}

  get size(): number {
    return this.#known.size;
  }

  /** The server has answered with the node: one look-up more, one user more. */
  found(node: number): void {
    const known = this.#known.get(node);
    if (!known) this.#known.set(node, { lookups: 1, users: 1 });
    else {
      known.lookups++;
      known.users++;
    }
  }

  /** One user more of a node in use. */
  use(node: number): void {
    const known = this.#known.get(node);
    if (known) known.users++;
  }

  /** One user less; with the last, all look-ups are forgotten. */
  release(node: number): void {
    const known = this.#known.get(node);
    if (!known || --known.users > 0) return;
    this.#known.delete(node);
    this.forget(node, known.lookups);
  }

  /** The server knows none of them any more. */
  clear(): void {
    this.#known.clear();
  }

  forgetAll(): void {
    const known = [...this.#known];
    this.clear();
    for (const [node, { lookups }] of known) this.forget(node, lookups);
  }
}
