import { grown } from '../../core/filesystem/nodes.js';
import { native, slab } from '../../native/index.js';
import { RECORDS_SIZE, scratch } from './scratch.js';

/**
 * Open directories by fd: where the host's position stands, as the two words of a cookie, and records that were read but
 * had no room in the last reply. So a listing that goes on costs neither an lseek(2) nor a second reading.
 */
export class DirectoryStreams {
  private low = new Uint32Array(64);
  private high = new Uint32Array(64);
  /** The words are true: nothing was read past them. */
  private known = new Uint8Array(64);
  private readonly rest: (Uint8Array | undefined)[] = [];

  /** A directory has been opened as `fd`. */
  open(fd: number): void {
    if (fd >= this.low.length) {
      const size = Math.ceil(fd * 1.5) + 1;
      this.low = grown(this.low, new Uint32Array(size));
      this.high = grown(this.high, new Uint32Array(size));
      this.known = grown(this.known, new Uint8Array(size));
    }
    this.stand(fd, 0, 0);
  }

  close(fd: number): void {
    this.rest[fd] = undefined;
  }

  /** Puts records (`struct linux_dirent64`) that follow the cookie into the scratch place: their bytes, 0 at the end, or an errno. */
  load(fd: number, low: number, high: number, size: number): number {
    const rest = this.rest[fd];
    this.rest[fd] = undefined;
    const here = this.low[fd] === low && this.high[fd] === high;
    if (rest && here) {
      slab.u8.set(rest, scratch.records);
      return rest.length;
    }
    slab.u32[scratch.cookie >> 2] = low;
    slab.u32[(scratch.cookie >> 2) + 1] = high;
    const seek = here && this.known[fd] !== 0 ? 0 : scratch.cookie;
    this.known[fd] = 0;
    return native.getdents(fd, seek, scratch.records, Math.max(1024, Math.min(size, RECORDS_SIZE)));
  }

  /** All records were consumed; the last one's cookie is where the host stands. */
  stand(fd: number, low: number, high: number): void {
    this.low[fd] = low;
    this.high[fd] = high;
    this.known[fd] = 1;
  }

  /** Keeps the records in the slab's `[from, to)`, which follow the cookie, for the next `load`. */
  keep(fd: number, from: number, to: number, low: number, high: number): void {
    this.rest[fd] = slab.u8.slice(from, to);
    this.low[fd] = low;
    this.high[fd] = high;
    this.known[fd] = 0;
  }
}
