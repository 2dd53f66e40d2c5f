/**
 * A name in the tree, as far as it has been seen: where it stands and what node has it. It stays while the node is referred
 * to, or something below it is. A place that has lost its name keeps its last path.
 */
export class Place {
  /** What stands below; undefined until something does. */
  children: Map<string, Place> | undefined;
  /** A further name of the same node. */
  other: Place | undefined;

  constructor(
    /** Undefined for the root. */
    public parent: Place | undefined,
    public name: string,
    /** 0: no kernel refers to what stands here. */
    public node: number,
  ) {}

  /** `/a/b`; `/` for the root. */
  get path(): string {
    if (!this.parent) return '/';
    let path = `/${this.name}`;
    for (let at = this.parent; at.parent; at = at.parent) path = `/${at.name}${path}`;
    return path;
  }

  /** The parent knows it by its name. */
  get attached(): boolean {
    return this.parent === undefined || this.parent.children?.get(this.name) === this;
  }

  /** True when `place` is this one or lies below it. */
  holds(place: Place): boolean {
    for (let at: Place | undefined = place; at; at = at.parent) if (at === this) return true;
    return false;
  }

  attach(): void {
    (this.parent!.children ??= new Map()).set(this.name, this);
  }

  /** Takes the name away, and above it what nobody refers to and that holds nothing more. */
  detach(): void {
    const { parent } = this;
    if (!parent || !this.attached) return;
    parent.children!.delete(this.name);
    if (parent.children!.size > 0) return;
    parent.children = undefined;
    if (parent.node === 0) parent.detach();
  }
}
