import { constants } from 'node:fs';
import { Errno } from '../../core/filesystem/errno.js';
import { cut, grown, type NodeTable } from '../../core/filesystem/nodes.js';
import type { RemoveRequest } from '../../core/filesystem/requests/index.js';
import { AttrFlag, ROOT_NODE } from '../../core/protocol/flags.js';
import { Attr } from '../../core/protocol/structs.js';
import { mustOpenByPath } from '../../native/confine.js';
import { native, slab } from '../../native/index.js';
import { HANDLE_SIZE, Identity, O_PATH } from '../../native/syscalls.js';
import type { Fds } from './fds.js';
import { FileHandles } from './file-handles.js';
import { Identities } from './identities.js';
import { Locations } from './locations.js';
import { type Mount, Mounts, STEP } from './mounts.js';
import { OpenFiles } from './open-files.js';
import { Found, isMount, loadIdentity, pathBelow, putBytes, putPath, Saved } from './saved-node.js';
import { scratch } from './scratch.js';
import { search } from './search.js';

const { O_DIRECTORY, O_NOFOLLOW } = constants;
/** Longest way from the root by locations; PATH_MAX allows no longer one. */
const DEPTH_MAX = 2048;

/** File types as in readdir(3): the mode shifted right by 12. */
export const enum FileType {
  DIRECTORY = 4,
  REGULAR = 8,
  SYMLINK = 10,
}

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
  private readonly mounts: Mounts;
  private readonly identities: Identities;
  private readonly handles = new FileHandles();
  private readonly locations: Locations;
  private readonly openFiles = new OpenFiles();
  private types = new Uint8Array(64);
  /** Called when a node is found at another place than before, where that matters. */
  onMoved?: (node: number) => void;
  /** The node's file handle has led to the right file once: the file was not replaced while it was asked for. */
  private verified = new Uint8Array(64);

  /** `root` is an open directory, the root node; `close` closes it. */
  constructor(
    private readonly table: NodeTable,
    private readonly root: number,
    private readonly fds: Fds,
    byHandle: boolean,
  ) {
    const { columns } = table;
    this.mounts = new Mounts(byHandle, columns);
    this.identities = new Identities(columns);
    this.locations = new Locations(table);
    native.lookup(root, 0, scratch.attr, scratch.identity);
    this.enter(ROOT_NODE, this.mounts.add(root, 0));
    fds.show(ROOT_NODE, root);
    table.follow((size) => this.trim(size));
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
    if (known !== 0 && (handles ? this.identities.isSettled(known) : this.types[known] === fileType())) {
      if (located && this.locations.set(known, parent, name) && !handles) this.onMoved?.(known);
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
        return known;
      }
      this.identities.remove(known);
    }
    const node = this.table.allocate();
    this.enter(node, mount);
    if (handle >= 0) {
      this.handles.put(node, scratch.handle);
      if (file >= 0) this.verified[node] = 1;
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
    const type = this.types[node]!;
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
    const begins = this.identities.mount(node) !== this.identities.mount(parent) && this.types[node] === FileType.DIRECTORY;
    if (begins) slab.u32[(attr + Attr.flags) >> 2]! |= AttrFlag.SUBMOUNT;
  }

  type(node: number): number {
    return this.types[node]!;
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
    const found = node !== 0 && this.types[node] === FileType.REGULAR && this.mounts.at(mount).handles;
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
    if (!(this.table.references[node]! > 0)) this.forget(node);
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
    this.mounts.release(this.identities.mount(node));
    this.identities.remove(node);
    this.handles.clear(node);
    this.locations.clear(node);
    this.fds.hide(node, this.openFiles.get(node), -1);
    this.openFiles.clear(node);
    this.fds.drop(node);
    this.table.release(node);
  }

  private trim(size: number): void {
    this.types = cut(this.types, size);
    this.verified = cut(this.verified, size);
    this.identities.trim(size);
    this.handles.trim(size);
    this.locations.trim(size);
    this.openFiles.trim(size);
    this.fds.trim(size);
  }

  /** Writes down how the node is found again, as `Saved`; the number of words. */
  save(node: number, words: Uint32Array, at: number): number {
    const index = this.identities.mount(node);
    const { idLow, idHigh, devMajor, devMinor, fd } = this.mounts.at(index);
    this.identities.save(node, words, at + Saved.INO);
    words.set([idLow, idHigh, devMajor, devMinor], at + Saved.MOUNT);
    let end = at + Saved.WAY;
    let found = Found.NOT;
    if (this.handles.has(node)) {
      found = Found.BY_HANDLE;
      end += this.handles.save(node, words, end);
    } else {
      const parent = this.locations.get(node);
      if (parent !== 0) {
        found = Found.BY_PLACE;
        words[end++] = parent;
        words[end++] = this.table.generations[parent]!;
        end += putBytes(slab.u8.subarray(scratch.name, slab.u8.indexOf(0, scratch.name) + 1), words, end);
      }
    }
    // A place is of no use when the guest forgets the directory before the file: the path stands in for it.
    const way = found === Found.BY_PLACE ? this.fd(node) : index === this.identities.mount(ROOT_NODE) ? -1 : fd;
    const path = way < 0 ? '' : (pathBelow(this.root, way) ?? '');
    words[at] = this.types[node]! | (found << 8) | (path.length << 16);
    return end + putBytes(Buffer.from(path, 'latin1'), words, end) - at;
  }

  /** The same by its path alone, which is found in a copy of the directory, too. */
  savePath(node: number, words: Uint32Array, at: number): number {
    const fd = this.fd(node);
    const path = fd < 0 ? '' : (pathBelow(this.root, fd) ?? '');
    words.fill(0, at, at + Saved.WAY);
    words[at] = this.types[node]! | ((path === '' ? Found.NOT : Found.BY_PATH) << 8) | (path.length << 16);
    return Saved.WAY + putBytes(Buffer.from(path, 'latin1'), words, at + Saved.WAY);
  }

  /** Takes up what is at the path that was written down, if it is of the same type. */
  private restorePath(node: number, saved: Uint32Array): number {
    const fd = this.openSaved(saved);
    if (fd >= 0 && native.lookup(fd, 0, scratch.attr, scratch.identity) >= 0 && fileType() === (saved[Saved.KIND]! & 0xff)) {
      const known = this.mounts.find();
      const mount = known < 0 ? this.mounts.add(fd, 0) : known;
      if (mount >= 0) {
        native.lookup(fd, 0, scratch.attr, scratch.identity);
        this.enter(node, mount);
        const handle = this.mounts.at(mount).handles ? native.nameToHandle(fd, 0, scratch.handle) : Errno.EOPNOTSUPP;
        if (handle < 0) this.own(node, fd);
        else {
          this.handles.put(node, scratch.handle);
          native.close(fd);
        }
        return 0;
      }
    }
    if (fd >= 0) native.close(fd);
    loadIdentity(saved);
    this.enter(node, this.identities.mount(ROOT_NODE));
    return Errno.ESTALE;
  }

  /** Takes up a node that was saved; ESTALE when its mount is not there, and requests on it get the same. */
  restore(node: number, saved: Uint32Array): number {
    if (((saved[Saved.KIND]! >>> 8) & 0xff) === Found.BY_PATH) return this.restorePath(node, saved);
    loadIdentity(saved);
    let mount = this.mounts.find();
    if (mount < 0) mount = this.remount(saved);
    loadIdentity(saved);
    this.enter(node, Math.max(mount, this.identities.mount(ROOT_NODE)));
    if (mount < 0) return Errno.ESTALE;
    const found = (saved[Saved.KIND]! >>> 8) & 0xff;
    if (found === Found.BY_HANDLE) {
      slab.u32.set(saved.subarray(Saved.WAY, Saved.WAY + (HANDLE_SIZE >> 2)), scratch.handle >> 2);
      this.handles.put(node, scratch.handle);
    } else if (found === Found.BY_PLACE && this.table.wasRestored(saved[Saved.WAY]!) && this.table.generations[saved[Saved.WAY]!] === saved[Saved.WAY + 1]) {
      slab.u32.set(saved.subarray(Saved.WAY + 2, Saved.WAY + 2 + 64), scratch.name >> 2);
      slab.u8[scratch.name + 256] = 0;
      this.locations.set(node, saved[Saved.WAY]!, scratch.name);
    }
    if (found === Found.BY_PLACE && this.locations.get(node) === 0) {
      const fd = this.checked(node, this.openSaved(saved));
      this.own(node, fd);
      return Math.min(fd, 0);
    }
    return found === Found.NOT ? Errno.ESTALE : 0;
  }

  /** An O_PATH fd of what stands at the path that was written down; ESTALE for nothing. */
  private openSaved(saved: Uint32Array): number {
    const bytes = saved[Saved.KIND]! >>> 16;
    const words = (bytes + 3) >> 2;
    const at = saved.byteOffset + (saved.length - words) * 4;
    if (bytes === 0 || words > saved.length || !putPath(Buffer.from(saved.buffer, at, bytes).toString('latin1'))) return Errno.ESTALE;
    const fd = native.openat2(this.root, scratch.name, O_PATH | O_NOFOLLOW, 0, STEP);
    return fd < 0 ? Errno.ESTALE : fd;
  }

  /** The mount of a saved node, found by its path, or by the path of a directory there; -1 when another one is there now. */
  private remount(saved: Uint32Array): number {
    const fd = this.openSaved(saved);
    if (fd < 0) return -1;
    const there = native.lookup(fd, 0, scratch.attr, scratch.identity) >= 0 && isMount(saved);
    const mount = there ? this.mounts.add(fd, 0) : -1;
    native.close(fd);
    return mount;
  }

  close(): void {
    this.fds.close();
    this.mounts.close();
    native.close(this.root);
  }

  private enter(node: number, mount: number): void {
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

  /**
   * The file in the scratch places goes with this name: nothing else leads to it. When other kernels know it, too, its space
   * shall be free all the same, since they may remember it for long.
   */
  private isLost(request: Remover, node: number): boolean {
    return slab.u32[(scratch.attr + Attr.nlink) >> 2] === 1 && this.openFiles.get(node) < 0 && request.isKnownToNoOther(node);
  }

  /** Keeps `fd` as the only way to a file that has no name. */
  private own(node: number, fd: number): void {
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
  private checked(node: number, fd: number): number {
    if (fd < 0 || this.verified[node] !== 0) return fd;
    const error = native.lookup(fd, 0, scratch.attr, scratch.identity);
    const mount = this.identities.mount(node);
    if (error < 0 || this.mounts.find() !== mount || !this.identities.matches(node, mount)) {
      native.close(fd);
      return Errno.ESTALE;
    }
    // A location may lead elsewhere the next time, a file handle never does.
    if (this.handles.has(node)) this.verified[node] = 1;
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
    this.verified[node] = 0;
    let fd = this.step(node, dirfd, scratch.name);
    if (fd === Errno.ESTALE) fd = this.searched(node, parent, dirfd);
    if (fd < 0) return Errno.EACCES;
    this.fds.drop(node);
    this.fds.put(node, fd);
    return native.reopen(fd, flags);
  }

  private openFound(node: number, flags: number): number {
    if (this.handles.has(node) && this.verified[node] !== 0) {
      const fd = this.openByHandle(node, flags);
      if (fd !== Errno.ESTALE) return fd;
    }
    const fd = this.fd(node);
    if (fd < 0) return fd;
    return this.types[node] === FileType.DIRECTORY ? native.openat2(fd, 0, flags | O_DIRECTORY, 0, STEP) : native.reopen(fd, flags);
  }
}

/** The type in the scratch place's identity. */
function fileType(): number {
  return slab.u32[(scratch.identity + Identity.mode) >> 2]! >>> 12;
}
