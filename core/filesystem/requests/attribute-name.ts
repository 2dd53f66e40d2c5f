import { XATTR_NAME_MAX, type XattrMap } from '../../mapping/xattr-map.js';
import { decodeName } from '../../protocol/names.js';
import { Errno } from '../errno.js';

/** The name of the extended attribute that a request is about, as the file system is to see it. */
export class AttributeName {
  /** Byte offset in the slab, and bytes without the NUL. */
  at = 0;
  length = 0;

  /**
   * Takes the guest's name, `length` bytes (or an errno) at `at`. A map writes its own at `place`: the slot's room for the
   * reply's body, which nothing needs before the answer. 0, or an errno.
   */
  take(u8: Uint8Array, at: number, length: number, map: XattrMap | undefined, place: number): number {
    if (length < 0) return length;
    if (length === 0 || length > XATTR_NAME_MAX) return Errno.ERANGE;
    this.at = map === undefined ? at : place;
    this.length = map === undefined ? length : map.toHost(u8, at, length, place);
    return Math.min(this.length, 0);
  }

  text(u8: Uint8Array): string {
    return decodeName(u8, this.at, this.length);
  }
}
