/** A listing of an open directory, recorded and now, without `.` and `..`. */
interface Listing {
  readonly node: number;
  readonly recorded: string[];
  /** What is there now, when it began. */
  now: readonly string[];
  /** Something was made or removed there meanwhile, so the two may differ. */
  disturbed: boolean;
}

/** Listings that are under way, by recorded handle. */
export class Listings {
  private readonly open = new Map<number, Listing>();

  begin(handle: number, node: number, now: readonly string[]): void {
    this.open.set(handle, { node, recorded: [], now, disturbed: false });
  }
  /** Something changed in a directory. */
  changed(...nodes: readonly number[]): void {
    for (const listing of this.open.values()) if (nodes.includes(listing.node)) listing.disturbed = true;
  }
  close(handle: number): void {
    this.open.delete(handle);
  }

  /** Takes what was recorded of the next part; at the end, what differs: '' for nothing, undefined when it is not over or cannot be told. */
  next(handle: number, names: readonly string[]): string | undefined {
    const listing = this.open.get(handle);
    if (!listing) return undefined;
    listing.recorded.push(...names.filter((name) => name !== '.' && name !== '..'));
    if (names.length > 0) return undefined;
    this.open.delete(handle);
    if (listing.disturbed) return undefined;
    const [then, now] = [new Set(listing.recorded), new Set(listing.now)];
    const told = [...[...then].filter((name) => !now.has(name)).map((name) => `-${name}`), ...[...now].filter((name) => !then.has(name)).map((name) => `+${name}`)];
    return told.join(' ');
  }
}
