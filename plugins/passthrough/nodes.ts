import { constants } from 'node:fs';
import { Errno } from '../../core/filesystem/errno.js';
import type { NodeTable } from '../../core/filesystem/nodes.js';
import type { RemoveRequest } from '../../core/filesystem/requests/index.js';
import { AttrFlag, ROOT_NODE } from '../../core/protocol/flags.js';
import { Attr } from '../../core/protocol/structs.js';
import { mustOpenByPath } from '../../native/confine.js';
import { native, slab } from '../../native/index.js';
import { O_PATH } from '../../native/syscalls.js';
import type { Fds } from './fds.js';
import type { FileHandles } from './file-handles.js';
import type { Identities } from './identities.js';
import { FileType, fileType, KnownFiles } from './known-files.js';
import { Lingering } from './lingering.js';
import type { Locations } from './locations.js';
import { type Mount, type Mounts, STEP } from './mounts.js';
import { OpenFiles } from './open-files.js';
import { SavedNodes } from './saved-nodes.js';
import { scratch } from './scratch.js';
import { search } from './search.js';

const { O_DIRECTORY, O_NOFOLLOW } = constants;
/** Longest way from the root by locations; PATH_MAX allows no longer one. */
const DEPTH_MAX = 2048;

/** Of the file in the scratch place. */
const links = (): number => slab.u32[(scratch.attr + Attr.nlink) >> 2]!;

/** A request that takes a name away. */
type Remover = Pick<RemoveRequest, 'isKnownToNoOther'>;

/**
 * The files of the host that the guest knows, by node number. A node keeps the file's identity and its file handle, or
 * where the file system has none the place it was seen at; never an fd of its own, so that any number of nodes holds a
 * bounded number of fds.
 *
 * All methods use the scratch places. Results below zero are errnos.
 */
export class HostNodes {
  private readonly known: KnownFiles;
  private readonly mounts: Mounts;
  private readonly identities: Identities;
  private readonly handles: FileHandles;
  private readonly locations: Locations;
  private readonly openFiles = new OpenFiles();
  private readonly lingering = new Lingering((node) => {
    if (!this.isReferred(node)) this.drop(node);
  });
  /** Called when a node is found at another place than before, where that matters. */
  onMoved?: (node: number) => void;
  /** How nodes are written down, and found again by another process. */
  readonly saved: SavedNodes;

  /** `root` is an open directory, the root node; `close` closes it. */
  constructor(
    private readonly table: NodeTable,
    private readonly root: number,
    private readonly fds: Fds,
    byHandle: boolean,
  ) {
    this.known = new KnownFiles(table, byHandle);
    ({ mounts: this.mounts, identities: this.identities, handles: this.handles, locations: this.locations } = this.known);
    this.saved = new SavedNodes(this, this.known, table, root);
    native.lookup(root, 0, scratch.attr, scratch.identity);
    this.known.enter(ROOT_NODE, this.mounts.add(root, 0));
    fds.show(ROOT_NODE, root);
    table.follow((size) => {
      this.known.trim(size);
      this.openFiles.trim(size);
      this.fds.trim(size);
    });
  }

  /**
   * The node of entry `name` in `parent`, whose identity is in the scratch place: a new one when it is not known yet.
   * `dirfd` is the parent's fd; with name 0 it is the file's own. `file` is an open fd of the file, where there is one: it
   * gives the file handle sooner than the name does.
   */
  at(parent: number, dirfd: number, name: number, file = -1): number {
    let mount = this.mounts.find();
    if (mount < 0) mount = this.mounts.add(dirfd, name);
    if (this.spares(mount)) mount = this.mounts.add(dirfd, name);
    if (mount < 0) return mount;
    const known = this.identities.find(mount);
    const { handles } = this.mounts.at(mount);
    const located = name !== 0 && (!handles || mustOpenByPath());
    if (known !== 0 && (handles ? this.identities.isSettled(known) : this.known.type(known) === fileType())) {
      if (located && this.locations.set(known, parent, name) && !handles) this.onMoved?.(known);
      this.lingering.take(known);
      return known;
    }
    const handle = !handles ? Errno.EOPNOTSUPP : file < 0 ? native.nameToHandle(dirfd, name, scratch.handle) : native.nameToHandle(file, 0, scratch.handle);
    if (handle === Errno.ENOENT || (handle < 0 && handles && known !== 0)) {
      this.mounts.tidy(mount);
      return handle;
    }
    if (known !== 0) {
      if (handles && this.handles.matches(known, scratch.handle)) {
        this.identities.settle(known);
        this.lingering.take(known);
        return known;
      }
      if (this.lingers(known)) this.drop(known);
      else this.identities.remove(known);
    }
    const node = this.table.allocate();
    this.known.enter(node, mount);
    if (handle >= 0) {
      this.handles.put(node, scratch.handle);
      if (file >= 0) this.known.verify(node, true);
    }
    if (located) this.locations.set(node, parent, name);
    else if (handle < 0) this.own(node, native.reopen(dirfd, O_PATH));
    return node;
  }

  /** An fd of the node, an O_PATH one unless it is open, which stays the table's own; ESTALE when the file is gone. */
  fd(node: number): number {
    return this.reach(node, 0);
  }

  /** Opens the node, a regular file or a directory: nothing else of the host is ever opened. The caller closes. */
  open(node: number, flags: number): number {
    if (!this.opens(node)) return Errno.ENXIO;
    const fd = this.tryOpen(node, flags);
    return this.spares(fd) ? this.tryOpen(node, flags) : fd;
  }

  /** True when `error` is that there are no fds left, and some have been closed, so that what failed may work now. */
  spares(error: number): boolean {
    return (error === Errno.EMFILE || error === Errno.ENFILE) && this.fds.shrink();
  }

  /** The node may be opened: a regular file or a directory. */
  opens(node: number): boolean {
    const type = this.known.type(node);
    return type === FileType.REGULAR || type === FileType.DIRECTORY;
  }

  /** The mount of the host that the node is on. */
  mount(node: number): Mount {
    return this.mounts.at(this.identities.mount(node));
  }

  /** Open fds of all mounts met. */
  get mountFds(): readonly number[] {
    return this.mounts.fds;
  }

  /** Sets `AttrFlag.SUBMOUNT` in the `struct fuse_attr` at `attr` when `node`, an entry of `parent`, is where another file system begins. */
  mark(node: number, parent: number, attr: number): void {
    const begins = this.identities.mount(node) !== this.identities.mount(parent) && this.known.type(node) === FileType.DIRECTORY;
    if (begins) slab.u32[(attr + Attr.flags) >> 2]! |= AttrFlag.SUBMOUNT;
  }

  type(node: number): number {
    return this.known.type(node);
  }
  inodeLow(node: number): number {
    return this.identities.inodeLow(node);
  }
  inodeHigh(node: number): number {
    return this.identities.inodeHigh(node);
  }

  /**
   * To be called before the entry `name` of the directory `dirfd` goes away: what is known of it stays reachable, by an fd,
   * until it is forgotten. A guest may have the directory as its cwd, or a file open with O_PATH, of which it says nothing.
   * The node, 0 for none.
   */
  keep(request: Remover, dirfd: number, name: number): number {
    let fd = native.openat2(dirfd, name, O_PATH | O_NOFOLLOW, 0, STEP);
    if (this.spares(fd)) fd = native.openat2(dirfd, name, O_PATH | O_NOFOLLOW, 0, STEP);
    if (fd < 0) return 0;
    const node = this.keeps(request, fd);
    if (node !== 0 && this.fds.get(node) < 0) this.fds.put(node, fd);
    else native.close(fd);
    if (node !== 0) this.fds.pin(node);
    return node;
  }

  /** The node of `fd` when it is one to be kept, else 0. */
  private keeps(request: Remover, fd: number): number {
    if (native.lookup(fd, 0, scratch.attr, scratch.identity) < 0) return 0;
    const mount = this.mounts.find();
    const node = mount < 0 ? 0 : this.identities.find(mount);
    if (node === 0 || this.lingers(node)) return 0;
    const found = this.known.type(node) === FileType.REGULAR && this.mounts.at(mount).handles;
    if (!found || links() === 1) this.lingering.doom(node);
    return found && !this.isLost(request, node) ? 0 : node;
  }

  /** The entry has not gone away after all. */
  unkeep(node: number): void {
    if (node !== 0) this.fds.unpin(node);
  }

  /** Notes that a known node has become the entry `name` of `parent`. */
  moved(parent: number, dirfd: number, name: number): void {
    const { handles } = this.mounts.at(this.identities.mount(parent));
    if (handles && !mustOpenByPath()) return;
    if (native.lookup(dirfd, name, scratch.attr, scratch.identity) < 0) return;
    const mount = this.mounts.find();
    const node = mount < 0 ? 0 : this.identities.find(mount);
    if (node !== 0 && this.locations.set(node, parent, name) && !handles) this.onMoved?.(node);
  }

  /** Forgets a node that was not handed out after all. */
  abandon(node: number): void {
    if (!this.isReferred(node)) this.forget(node);
  }

  /** The caller has opened the node as `fd`. */
  opened(node: number, fd: number): void {
    if (this.openFiles.get(node) < 0) this.fds.show(node, fd);
    this.openFiles.add(node, fd);
    this.fds.makeRoom();
  }

  /** The caller is about to close `fd`. */
  closing(node: number, fd: number): void {
    this.openFiles.remove(node, fd);
    this.fds.hide(node, fd, this.openFiles.get(node));
  }

  /** Nobody refers to the node any more. */
  forget(node: number): void {
    if (node === ROOT_NODE) return;
    if (this.mayLinger(node) && this.lingering.add(node)) this.fds.drop(node);
    else this.drop(node);
  }

  private isReferred(node: number): boolean {
    return this.table.references[node]! > 0;
  }

  /** Shortcuts hand such a node out, too, without a word. */
  private lingers(node: number): boolean {
    return this.lingering.has(node) && !this.isReferred(node);
  }

  /** What is known of it leads to its file without an fd, and keeps no mount of the host from going away. */
  private mayLinger(node: number): boolean {
    return this.openFiles.get(node) < 0 && this.handles.has(node) && this.identities.mount(node) === this.identities.mount(ROOT_NODE);
  }

  private drop(node: number): void {
    this.lingering.take(node);
    this.known.forget(node);
    this.fds.hide(node, this.openFiles.get(node), -1);
    this.openFiles.clear(node);
    this.fds.drop(node);
    this.table.release(node);
  }

  close(): void {
    this.lingering.close();
    this.fds.close();
    this.mounts.close();
    native.close(this.root);
  }

  /**
   * The file in the scratch places goes with this name: nothing else leads to it. When other kernels know it, too, its space
   * shall be free all the same, since they may remember it for long.
   */
  private isLost(request: Remover, node: number): boolean {
    return links() === 1 && this.openFiles.get(node) < 0 && request.isKnownToNoOther(node);
  }

  /** Keeps `fd` as the only way to a file that has no name. */
  own(node: number, fd: number): void {
    if (fd < 0) return;
    this.fds.put(node, fd);
    this.fds.pin(node);
  }

  private reach(node: number, depth: number): number {
    if (node === ROOT_NODE) return this.root;
    const cached = this.fds.get(node);
    if (cached >= 0) return cached;
    const open = this.openFiles.get(node);
    return open >= 0 ? open : this.pooled(node, depth);
  }

  /** An fd of the pool, which is the node's until it is forgotten or others push it out. */
  private pooled(node: number, depth: number): number {
    const cached = this.fds.get(node);
    if (cached >= 0) return cached;
    let fd = this.find(node, depth);
    if (this.spares(fd)) fd = this.find(node, depth);
    if (fd >= 0) this.fds.put(node, fd);
    return fd;
  }

  private find(node: number, depth: number): number {
    if (this.handles.has(node)) return this.checked(node, this.openByHandle(node, O_PATH | O_NOFOLLOW));
    const open = this.openFiles.get(node);
    if (open >= 0) return native.reopen(open, O_PATH);
    const parent = depth < DEPTH_MAX ? this.locations.get(node) : 0;
    if (parent === 0) return Errno.ESTALE;
    const dirfd = this.reach(parent, depth + 1);
    if (dirfd < 0) return dirfd;
    this.locations.get(node);
    const fd = this.step(node, dirfd, scratch.name);
    return fd === Errno.ESTALE ? this.searched(node, parent, dirfd) : fd;
  }

  /** An O_PATH fd of the entry `name` when that is the node's file. */
  private step(node: number, dirfd: number, name: number): number {
    const fd = native.openat2(dirfd, name, O_PATH | O_NOFOLLOW, 0, STEP);
    return this.checked(node, fd === Errno.ENOENT || fd === Errno.ENOTDIR ? Errno.ESTALE : fd);
  }

  /** The host may have given the file another name in its directory. */
  private searched(node: number, parent: number, dirfd: number): number {
    return search(dirfd, this.inodeLow(node), this.inodeHigh(node), (name) => {
      const fd = this.step(node, dirfd, name);
      if (fd >= 0) this.locations.set(node, parent, name);
      return fd;
    });
  }

  /** `fd` when it is of the node's file, else it is closed. */
  checked(node: number, fd: number): number {
    if (fd < 0 || this.known.isVerified(node)) return fd;
    const error = native.lookup(fd, 0, scratch.attr, scratch.identity);
    if (error < 0 || !this.known.isFile(node)) {
      native.close(fd);
      return Errno.ESTALE;
    }
    // A location may lead elsewhere the next time, a file handle never does.
    if (this.handles.has(node)) this.known.verify(node, true);
    return fd;
  }

  private openByHandle(node: number, flags: number): number {
    this.handles.get(node, scratch.handle);
    return native.openByHandle(this.mount(node).fd, scratch.handle, flags);
  }

  private tryOpen(node: number, flags: number): number {
    const fd = this.openFound(node, flags);
    return fd === Errno.EACCES && mustOpenByPath() && this.handles.has(node) ? this.openLocated(node, flags) : fd;
  }

  /** Landlock judges by the path of a file, which the kernel does not know of one that it has found by its handle alone. */
  private openLocated(node: number, flags: number): number {
    const parent = this.locations.get(node);
    const dirfd = parent === 0 ? Errno.EACCES : this.reach(parent, 0);
    if (dirfd < 0) return dirfd;
    this.locations.get(node);
    // A name may lead elsewhere the next time, as a handle does not.
    this.known.verify(node, false);
    let fd = this.step(node, dirfd, scratch.name);
    if (fd === Errno.ESTALE) fd = this.searched(node, parent, dirfd);
    if (fd < 0) return Errno.EACCES;
    this.fds.drop(node);
    this.fds.put(node, fd);
    return native.reopen(fd, flags);
  }

  private openFound(node: number, flags: number): number {
    if (this.handles.has(node) && this.known.isVerified(node)) {
      const fd = this.openByHandle(node, flags);
      if (fd !== Errno.ESTALE) return fd;
    }
    const fd = this.fd(node);
    if (fd < 0) return fd;
    return this.known.type(node) === FileType.DIRECTORY ? native.openat2(fd, 0, flags | O_DIRECTORY, 0, STEP) : native.reopen(fd, flags);
  }
}
