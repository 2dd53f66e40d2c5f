import { IdMap } from './id-map.js';

/** Who is who: the user and group ids of a mount's guests, and those of its file system. */
export class IdMaps {
  constructor(readonly uid = IdMap.unchanged, readonly gid = IdMap.unchanged) {}

  /** Maps the uid at word `at` and the gid behind it, in place; 0, or EPERM when one of them is forbidden. */
  toHost(u32: Uint32Array, at: number): number {
    return Math.min(this.uid.toHost.apply(u32, at), this.gid.toHost.apply(u32, at + 1));
  }

  /** The same the other way, where nothing is forbidden. */
  toGuest(u32: Uint32Array, at: number): void {
    this.uid.toGuest.apply(u32, at);
    this.gid.toGuest.apply(u32, at + 1);
  }
}
