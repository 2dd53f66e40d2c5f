import { Column, type Columns } from '../../core/channel/columns.js';
import { Errno } from '../../core/filesystem/errno.js';
import { grown } from '../../core/filesystem/nodes.js';
import { native, slab } from '../../native/index.js';
import { Identity, O_PATH, Resolve } from '../../native/syscalls.js';
import { constants } from 'node:fs';
import { closesQuietly, isVolatile, losesHandles } from './file-system-type.js';
import { scratch } from './scratch.js';

/** One file system of the host that is mounted at or below the source; a btrfs subvolume counts as one. */
export interface Mount {
  readonly idLow: number;
  readonly idHigh: number;
  readonly devMajor: number;
  readonly devMinor: number;
  /** An open directory or file of it, -1 when there is none that may be opened: it keeps the mount from going away. */
  readonly fd: number;
  /** Its files are found again by file handle (open_by_handle_at(2)). */
  readonly handles: boolean;
  /** fsync(2) has nothing to wait for. */
  readonly volatile: boolean;
  /** close(2) may fail, as it tells what could not be written. */
  readonly flushes: boolean;
}

/** A row of `Column.HOST_MOUNTS`, in u32 words: mount id in two, device number in two, 1 where `handles`, 0. */
const ROW = 6;

/** Steps from a directory to its entry: never upwards, through a symlink or a magic link. */
export const STEP = Resolve.BENEATH | Resolve.NO_MAGICLINKS | Resolve.NO_SYMLINKS;

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, S_IFMT, S_IFDIR, S_IFREG } = constants;

/** The host's mounts that the share has nodes on, by small index. */
export class Mounts {
  private readonly known: (Mount | undefined)[] = [];
  /** Nodes on each. */
  private readonly nodes: number[] = [];
  private last = 0;
  private rows = new Uint32Array(ROW * 8);

  /** `byHandle`: use file handles where they work. */
  constructor(private readonly byHandle: boolean, private readonly columns: Columns) {}

  at(index: number): Mount {
    return this.known[index]!;
  }

  /** Index of the mount that the identity in the scratch place is of, -1 when it is new. */
  find(): number {
    const at = scratch.identity >> 2;
    if (this.is(this.last, at)) return this.last;
    for (let i = 0; i < this.known.length; i++) if (this.is(i, at)) return (this.last = i);
    return -1;
  }

  /** Takes up the mount of the entry `name` of `dirfd` (name 0: of the fd itself), whose identity is in the scratch place; EMFILE or ENFILE when there is no fd left to find out about it. */
  add(dirfd: number, name: number): number {
    const at = scratch.identity >> 2;
    const type = slab.u32[at + (Identity.mode >> 2)]! & S_IFMT;
    const plain = type === S_IFDIR || type === S_IFREG;
    const fd = plain ? native.openat2(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0, STEP) : -1;
    if (fd === Errno.EMFILE || fd === Errno.ENFILE) return fd;
    const kind = fd < 0 ? 0 : native.fileSystemType(fd);
    const index = this.known.indexOf(undefined);
    const place = index < 0 ? this.known.length : index;
    this.nodes[place] = 0;
    this.known[place] = {
      idLow: slab.u32[at + (Identity.mount >> 2)]!,
      idHigh: slab.u32[at + (Identity.mount >> 2) + 1]!,
      devMajor: slab.u32[at + (Identity.devMajor >> 2)]!,
      devMinor: slab.u32[at + (Identity.devMinor >> 2)]!,
      fd: Math.max(fd, -1),
      handles: this.byHandle && fd >= 0 && !losesHandles(kind) && opensByHandle(fd),
      volatile: isVolatile(kind),
      flushes: !closesQuietly(kind),
    };
    this.show(place);
    return place;
  }

  private show(index: number): void {
    const { idLow, idHigh, devMajor, devMinor, handles } = this.at(index);
    if ((index + 1) * ROW > this.rows.length) this.rows = grown(this.rows, new Uint32Array(this.rows.length * 2));
    this.rows.set([idLow, idHigh, devMajor, devMinor, handles ? 1 : 0, 0], index * ROW);
    this.columns.set(Column.HOST_MOUNTS, this.rows);
  }

  /** Counts a node on the mount. */
  hold(index: number): void {
    this.nodes[index]!++;
  }

  /** A node on the mount is gone; with the last one the host may unmount it. */
  release(index: number): void {
    this.nodes[index]!--;
    this.tidy(index);
  }

  /** Lets go of the mount if it has no node. */
  tidy(index: number): void {
    if (this.nodes[index]! > 0) return;
    const { fd } = this.at(index);
    this.known[index] = undefined;
    this.rows.fill(0, index * ROW, (index + 1) * ROW);
    if (fd >= 0) native.close(fd);
  }

  /** Open fds, one for each mount that has one. */
  get fds(): number[] {
    return this.known.flatMap((mount) => mount && mount.fd >= 0 ? [mount.fd] : []);
  }

  close(): void {
    for (const fd of this.fds) native.close(fd);
    this.known.length = 0;
  }

  private is(index: number, at: number): boolean {
    const mount = this.known[index];
    const { u32 } = slab;
    return (
      mount !== undefined &&
      mount.idLow === u32[at + (Identity.mount >> 2)] &&
      mount.idHigh === u32[at + (Identity.mount >> 2) + 1] &&
      mount.devMajor === u32[at + (Identity.devMajor >> 2)] &&
      mount.devMinor === u32[at + (Identity.devMinor >> 2)]
    );
  }
}

/** Tries it: the file system must know file handles, and this process needs CAP_DAC_READ_SEARCH to open them. */
function opensByHandle(fd: number): boolean {
  if (native.nameToHandle(fd, 0, scratch.handle) < 0) return false;
  const again = native.openByHandle(fd, scratch.handle, O_PATH);
  if (again < 0) return false;
  native.close(again);
  return true;
}
