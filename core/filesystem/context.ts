import type { IdMaps } from '../mapping/id-maps.js';
import type { XattrMap } from '../mapping/xattr-map.js';
import type { HandleKind, HandleTable } from './handles.js';
import type { Request } from './request.js';

/** What a request needs of the session it came through. */
export interface RequestContext {
  readonly handles: HandleTable;
  /** SETXATTR carries the 16-byte struct (INIT flag SETXATTR_EXT agreed). */
  readonly setxattrExt: boolean;
  /** WRITEBACK_CACHE was agreed: the kernel owns size and mtime, reads through write-only opens, appends by itself. */
  readonly writeback: boolean;
  /** Requests that make something may carry a supplementary group (INIT flag CREATE_SUPP_GROUP agreed). */
  readonly supplementaryGroups: boolean;
  /** SUBMOUNTS was agreed: a directory with `AttrFlag.SUBMOUNT` is a file system of its own. */
  readonly submounts: boolean;
  /** How user and group ids are mapped; absent: not at all. */
  readonly idMaps: IdMaps | undefined;
  /** How names of extended attributes are mapped; absent: not at all. */
  readonly xattrMap: XattrMap | undefined;
  /** The kernel judges access before it asks (mount option default_permissions). */
  readonly defaultPermissions: boolean;
  /** True when the session holds a reference to the node id (`node`, `generation`), or it is the root. */
  knows(node: number, generation: number): boolean;
  /** ENOMEM when the guest may know no further node, 0 when it may; `node`, when given, is one that it may know already. */
  admitsNode(node?: number): number;
  /** ENFILE when the guest may open nothing more, 0 when it may. */
  admitsHandle(): number;
  /** No other kernel holds a reference to the node. */
  holdsAlone(node: number): boolean;
  /** A node that the plugin answered with is not handed out; the plugin forgets it when nobody refers to it. */
  unused(node: number): void;
  /** Counts a look-up of `node` that a reply hands out, and returns the generation for its id. */
  handOut(node: number): number;
  /** Fills in how long the kernel may keep an entry and its attributes; `u32` indexes of `*_valid` seconds and nanoseconds. */
  entryTimeout(u32: Uint32Array, seconds: number, nanoseconds: number, override: number | undefined, negative: boolean): void;
  attrTimeout(u32: Uint32Array, seconds: number, nanoseconds: number, override: number | undefined, node: number): void;
  /** The open flags (`OpenFlag` bits) after the cache policy has had its say. */
  openFlags(flags: number, directory: boolean): number;
  /** The kernel can read and write a file of this host by itself, when an open names one. */
  readonly backs: boolean;
  /**
   * Counts an open of a file whose data are those of `fd` (-1: of none); the backing id for the reply, or 0.
   * `mayStore`: the caller can map it and change it without a further call.
   */
  back(node: number, fd: number, mayStore: boolean): number;
  /** A handle was given out. */
  opened(index: number, kind: HandleKind, node: number, flags: number): void;
  /** Frees the handle at `index`. */
  closeHandle(index: number, kind: HandleKind, node: number): void;
  /** Aborted by INTERRUPT, by the end of the session, or by the guest's disconnect. */
  signal(request: Request<unknown>): AbortSignal;
}
