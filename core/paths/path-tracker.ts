import { ROOT_NODE } from '../protocol/flags.js';
import { Place } from './place.js';

/**
 * Where the nodes of a file system are: names as look-ups, listings and changes have shown them, over all sessions. It
 * exists only where a layer asks for it. What happens behind its back (on the host) it learns by the next look-up.
 */
export class PathTracker {
  /** By node; further names of the same node hang on `other`. */
  private readonly places: (Place | undefined)[] = [];

  constructor() {
    this.places[ROOT_NODE] = new Place(undefined, '', ROOT_NODE);
  }

  /** `/a/b`, by the name that was seen last; undefined when none was. A file without a name has the path it had last. */
  path(node: number): string | undefined {
    return this.places[node]?.path;
  }

  /** The paths of all names of a node that have been seen. */
  *paths(node: number): Generator<string> {
    for (let place = this.places[node]; place; place = place.other) yield place.path;
  }

  /** The path that a name in a directory has, or would have. */
  below(directory: number, name: string): string | undefined {
    const path = this.path(directory);
    if (path === undefined) return undefined;
    return path === '/' ? `/${name}` : `${path}/${name}`;
  }

  /** The node last seen under a name; 0 when none was. */
  child(directory: number, name: string): number {
    return this.places[directory]?.children?.get(name)?.node ?? 0;
  }

  /** `name` in `directory` is `node`. */
  found(directory: number, name: string, node: number): void {
    const parent = this.places[directory];
    if (!parent || node === ROOT_NODE) return;
    const there = parent.children?.get(name);
    if (there?.node === node) return;
    if (there?.node === 0) return this.take(there, node);
    if (there) this.lose(there);
    const known = this.places[node];
    // A directory has one name only.
    if (known?.children) return this.move(known, parent, name);
    const place = new Place(parent, name, 0);
    place.attach();
    this.take(place, node);
  }

  /** A file without a name has been made in a directory: until it gets one it has a path there that nobody can look up. */
  nameless(directory: number, node: number): void {
    const parent = this.places[directory];
    if (parent && !this.places[node]) this.places[node] = new Place(parent, `#${node}`, node);
  }

  /** `name` of `directory` is gone. */
  removed(directory: number, name: string): void {
    const place = this.places[directory]?.children?.get(name);
    if (place) this.lose(place);
  }

  /** `name` of `directory` is `newName` of `newDirectory` now; what that was is gone, or has the old name in `exchange`. */
  renamed(directory: number, name: string, newDirectory: number, newName: string, exchange: boolean): void {
    const [from, to] = [this.places[directory], this.places[newDirectory]];
    const moved = from?.children?.get(name);
    const target = to?.children?.get(newName);
    if (moved && target && (moved === target || (moved.node !== 0 && moved.node === target.node))) return;
    if (exchange) target?.detach();
    else if (target) this.lose(target);
    if (moved && to) this.move(moved, to, newName);
    else moved?.detach();
    if (target && exchange && from) this.move(target, from, name);
  }

  /** No kernel refers to the node any more. */
  forgotten(node: number): void {
    if (node === ROOT_NODE) return;
    for (let place = this.places[node]; place; ) {
      const { other } = place;
      place.node = 0;
      place.other = undefined;
      if (!place.children) place.detach();
      place = other;
    }
    this.places[node] = undefined;
  }

  /** Nodes that have a path. */
  get size(): number {
    let count = 0;
    for (const place of this.places) if (place) count++;
    return count;
  }

  private take(place: Place, node: number): void {
    const first = this.places[node];
    place.node = node;
    place.other = first?.attached === false ? first.other : first;
    this.places[node] = place;
  }

  private move(place: Place, parent: Place, name: string): void {
    place.detach();
    // Only the host could have done so meanwhile; the next look-up tells.
    if (place.holds(parent)) return;
    place.parent = parent;
    place.name = name;
    place.attach();
  }

  /** Takes a name from its node; the last one stays as the path that the node had. */
  private lose(place: Place): void {
    place.detach();
    const first = this.places[place.node];
    if (!first || (first === place && !first.other)) return;
    if (first === place) this.places[place.node] = place.other;
    for (let at: Place | undefined = first; at; at = at.other) if (at.other === place) at.other = place.other;
    place.other = undefined;
  }
}
