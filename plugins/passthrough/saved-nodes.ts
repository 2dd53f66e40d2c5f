import { constants } from 'node:fs';
import { Errno } from '../../core/filesystem/errno.js';
import type { NodeTable } from '../../core/filesystem/nodes.js';
import { ROOT_NODE } from '../../core/protocol/flags.js';
import { native, slab } from '../../native/index.js';
import { HANDLE_SIZE, O_PATH } from '../../native/syscalls.js';
import { fileType, type KnownFiles } from './known-files.js';
import { STEP } from './mounts.js';
import type { HostNodes } from './nodes.js';
import { Found, isMount, loadIdentity, pathBelow, putBytes, putPath, Saved } from './saved-node.js';
import { scratch } from './scratch.js';

const { O_NOFOLLOW } = constants;

/** Writes nodes down, as `Saved`, and takes up those of an earlier process or another one. */
export class SavedNodes {
  constructor(private readonly nodes: HostNodes, private readonly known: KnownFiles, private readonly table: NodeTable, private readonly root: number) {}

  /** Writes down how the node is found again, as `Saved`; the number of words. */
  save(node: number, words: Uint32Array, at: number): number {
    const index = this.known.identities.mount(node);
    const { idLow, idHigh, devMajor, devMinor, fd } = this.known.mounts.at(index);
    this.known.identities.save(node, words, at + Saved.INO);
    words.set([idLow, idHigh, devMajor, devMinor], at + Saved.MOUNT);
    let end = at + Saved.WAY;
    let found = Found.NOT;
    if (this.known.handles.has(node)) {
      found = Found.BY_HANDLE;
      end += this.known.handles.save(node, words, end);
    } else {
      const parent = this.known.locations.get(node);
      if (parent !== 0) {
        found = Found.BY_PLACE;
        words[end++] = parent;
        words[end++] = this.table.generations[parent]!;
        end += putBytes(slab.u8.subarray(scratch.name, slab.u8.indexOf(0, scratch.name) + 1), words, end);
      }
    }
    // A place is of no use when the guest forgets the directory before the file: the path stands in for it.
    const way = found === Found.BY_PLACE ? this.nodes.fd(node) : index === this.known.identities.mount(ROOT_NODE) ? -1 : fd;
    const path = way < 0 ? '' : (pathBelow(this.root, way) ?? '');
    words[at] = this.known.type(node) | (found << 8) | (path.length << 16);
    return end + putBytes(Buffer.from(path, 'latin1'), words, end) - at;
  }

  /** The same by its path alone, which is found in a copy of the directory, too. */
  savePath(node: number, words: Uint32Array, at: number): number {
    const fd = this.nodes.fd(node);
    const path = fd < 0 ? '' : (pathBelow(this.root, fd) ?? '');
    words.fill(0, at, at + Saved.WAY);
    words[at] = this.known.type(node) | ((path === '' ? Found.NOT : Found.BY_PATH) << 8) | (path.length << 16);
    return Saved.WAY + putBytes(Buffer.from(path, 'latin1'), words, at + Saved.WAY);
  }

  /** Takes up a node that was saved; ESTALE when its mount is not there, and requests on it get the same. */
  restore(node: number, saved: Uint32Array): number {
    if (((saved[Saved.KIND]! >>> 8) & 0xff) === Found.BY_PATH) return this.restorePath(node, saved);
    loadIdentity(saved);
    let mount = this.known.mounts.find();
    if (mount < 0) mount = this.remount(saved);
    loadIdentity(saved);
    this.known.enter(node, Math.max(mount, this.known.identities.mount(ROOT_NODE)));
    if (mount < 0) return Errno.ESTALE;
    const found = (saved[Saved.KIND]! >>> 8) & 0xff;
    if (found === Found.BY_HANDLE) {
      slab.u32.set(saved.subarray(Saved.WAY, Saved.WAY + (HANDLE_SIZE >> 2)), scratch.handle >> 2);
      this.known.handles.put(node, scratch.handle);
    } else if (found === Found.BY_PLACE && this.table.wasRestored(saved[Saved.WAY]!) && this.table.generations[saved[Saved.WAY]!] === saved[Saved.WAY + 1]) {
      slab.u32.set(saved.subarray(Saved.WAY + 2, Saved.WAY + 2 + 64), scratch.name >> 2);
      slab.u8[scratch.name + 256] = 0;
      this.known.locations.set(node, saved[Saved.WAY]!, scratch.name);
    }
    if (found === Found.BY_PLACE && this.known.locations.get(node) === 0) {
      const fd = this.nodes.checked(node, this.openSaved(saved));
      this.nodes.own(node, fd);
      return Math.min(fd, 0);
    }
    return found === Found.NOT ? Errno.ESTALE : 0;
  }

  /** Takes up what is at the path that was written down, if it is of the same type. */
  private restorePath(node: number, saved: Uint32Array): number {
    const fd = this.openSaved(saved);
    if (fd >= 0 && native.lookup(fd, 0, scratch.attr, scratch.identity) >= 0 && fileType() === (saved[Saved.KIND]! & 0xff)) {
      const known = this.known.mounts.find();
      const mount = known < 0 ? this.known.mounts.add(fd, 0) : known;
      if (mount >= 0) {
        native.lookup(fd, 0, scratch.attr, scratch.identity);
        this.known.enter(node, mount);
        const handle = this.known.mounts.at(mount).handles ? native.nameToHandle(fd, 0, scratch.handle) : Errno.EOPNOTSUPP;
        if (handle < 0) this.nodes.own(node, fd);
        else {
          this.known.handles.put(node, scratch.handle);
          native.close(fd);
        }
        return 0;
      }
    }
    if (fd >= 0) native.close(fd);
    loadIdentity(saved);
    this.known.enter(node, this.known.identities.mount(ROOT_NODE));
    return Errno.ESTALE;
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
    const mount = there ? this.known.mounts.add(fd, 0) : -1;
    native.close(fd);
    return mount;
  }
}
