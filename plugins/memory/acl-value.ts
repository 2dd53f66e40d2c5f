import { Errno } from '../../core/filesystem/errno.js';
import { Done } from '../../core/filesystem/result.js';

/** An ACL as the value of an extended attribute, little-endian: a version, then entries; `linux/posix_acl_xattr.h`. */
export type Acl = Uint8Array;

const VERSION = 2;
const HEADER = 4;
/** Bytes of an entry, and where its fields are: tag and permissions are 16 bits, the user or group id 32. */
const ENTRY = 8;
const PERMISSIONS = 2;
const ID = 4;
const NO_ID = 0xffff_ffff;

/** `e_tag`, ascending as the entries of an ACL; `linux/posix_acl.h`. */
const enum Tag {
  USER_OBJ = 1,
  USER = 2,
  GROUP_OBJ = 4,
  GROUP = 8,
  MASK = 16,
  OTHER = 32,
}

const REQUIRED = Tag.USER_OBJ | Tag.GROUP_OBJ | Tag.OTHER;
const NAMED = Tag.USER | Tag.GROUP;
const TAGS = REQUIRED | NAMED | Tag.MASK;

/** The permission bits of a mode that entries correspond to, acl(5). */
export const CLASSES = 0o777;

/** Valid as acl(5) says: complete, in order, and with a mask if a user or group is named. */
export function checkAcl(acl: Acl): Done | Errno {
  if (acl.length < HEADER || acl.length % ENTRY !== HEADER) return Errno.EINVAL;
  const view = new DataView(acl.buffer, acl.byteOffset, acl.length);
  if (view.getUint32(0, true) !== VERSION) return Errno.EOPNOTSUPP;
  let tags = 0;
  for (let at = HEADER; at < acl.length; at += ENTRY) {
    const tag = view.getUint16(at, true);
    const named = (tag & NAMED) !== 0;
    if ((tag & TAGS) === 0 || (tag & (tag - 1)) !== 0 || (named ? tag * 2 : tag) <= tags) return Errno.EINVAL;
    if (view.getUint16(at + PERMISSIONS, true) > 7 || (named && view.getUint32(at + ID, true) === NO_ID)) return Errno.EINVAL;
    tags |= tag;
  }
  const required = tags & NAMED ? REQUIRED | Tag.MASK : REQUIRED;
  return (tags & required) === required ? Done : Errno.EINVAL;
}

/** Nothing but a version; setting it removes the ACL. */
export function isEmpty(acl: Acl): boolean {
  return acl.length <= HEADER;
}

/** The mode says it all. */
export function isMinimal(acl: Acl): boolean {
  return acl.length === HEADER + 3 * ENTRY;
}

/** How far to shift a mode so that its lowest bits are the permissions of an entry; -1 for one that the mode does not show. */
function shiftOf(acl: Acl, at: number): number {
  switch (acl[at]) {
    case Tag.USER_OBJ: return 6;
    case Tag.GROUP_OBJ: return isMinimal(acl) ? 3 : -1;
    case Tag.MASK: return 3;
    case Tag.OTHER: return 0;
    default: return -1;
  }
}

/** The permission bits that stand for an ACL: those of the group are the mask's, if there is one. */
export function aclMode(acl: Acl): number {
  let mode = 0;
  for (let at = HEADER; at < acl.length; at += ENTRY) {
    const shift = shiftOf(acl, at);
    if (shift >= 0) mode |= acl[at + PERMISSIONS]! << shift;
  }
  return mode;
}

/** The ACL as chmod(2) changes it. */
export function withMode(acl: Acl, mode: number): Acl {
  const changed = acl.slice();
  for (let at = HEADER; at < acl.length; at += ENTRY) {
    const shift = shiftOf(acl, at);
    if (shift >= 0) changed[at + PERMISSIONS] = (mode >> shift) & 7;
  }
  return changed;
}
