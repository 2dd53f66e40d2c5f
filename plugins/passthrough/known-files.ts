import { cut, grown, type NodeTable } from '../../core/filesystem/nodes.js';
import { slab } from '../../native/index.js';
import { Identity } from '../../native/syscalls.js';
import { FileHandles } from './file-handles.js';
import { Identities } from './identities.js';
import { Locations } from './locations.js';
import { Mounts } from './mounts.js';
import { scratch } from './scratch.js';

/** File types as in readdir(3): the mode shifted right by 12. */
export const enum FileType {
  DIRECTORY = 4,
  REGULAR = 8,
  SYMLINK = 10,
}

/** The type of the file in the scratch place. */
export const fileType = (): number => slab.u32[(scratch.identity + Identity.mode) >> 2]! >>> 12;

/** Which file of the host each node shows, and how it is found again: by its file handle, or where it was last seen. */
export class KnownFiles {
  readonly mounts: Mounts;
  readonly identities: Identities;
  readonly handles = new FileHandles();
  readonly locations: Locations;
  private types = new Uint8Array(64);
  /** The node's file handle has led to the right file once: the file was not replaced while it was asked for. */
  private verified = new Uint8Array(64);

  constructor(table: NodeTable, byHandle: boolean) {
    this.mounts = new Mounts(byHandle, table.columns);
    this.identities = new Identities(table.columns);
    this.locations = new Locations(table);
  }

  /** The file in the scratch place, on mount `mount`, is shown as `node` from now on. */
  enter(node: number, mount: number): void {
    if (node >= this.types.length) {
      const size = Math.ceil(node * 1.5) + 1;
      this.types = grown(this.types, new Uint8Array(size));
      this.verified = grown(this.verified, new Uint8Array(size));
    }
    this.identities.add(node, mount);
    this.mounts.hold(mount);
    this.types[node] = fileType();
    this.verified[node] = 0;
  }

  forget(node: number): void {
    this.mounts.release(this.identities.mount(node));
    this.identities.remove(node);
    this.handles.clear(node);
    this.locations.clear(node);
  }

  /** Whether the file in the scratch place is the node's. */
  isFile(node: number): boolean {
    const mount = this.identities.mount(node);
    return this.mounts.find() === mount && this.identities.matches(node, mount);
  }

  type(node: number): number {
    return this.types[node]!;
  }
  isVerified(node: number): boolean {
    return this.verified[node] !== 0;
  }
  verify(node: number, verified: boolean): void {
    this.verified[node] = verified ? 1 : 0;
  }

  /** No number from `size` on is in use. */
  trim(size: number): void {
    this.types = cut(this.types, size);
    this.verified = cut(this.verified, size);
    this.identities.trim(size);
    this.handles.trim(size);
    this.locations.trim(size);
  }
}
