import { Errno } from '../filesystem/errno.js';
import { nameBytes, nameText } from '../protocol/names.js';
import type { XattrRule } from './xattr-rules.js';

/** XATTR_NAME_MAX of limits.h, in bytes. */
export const XATTR_NAME_MAX = 255;
/** Both ACL attributes of acl(5), whose values hold user and group ids. */
const POSIX_ACL = nameBytes('system.posix_acl_');
const HIDDEN = -1;

/** Maps names of extended attributes. The first rule that takes a name decides, and one of them takes every name. */
export class XattrMap {
  /** With `acls` false, POSIX ACLs are hidden and refused. */
  constructor(private readonly rules: readonly XattrRule[], private readonly acls: boolean) {}

  /**
   * Writes the host's name for the guest's name `u8[at, at + length)`, and a NUL, at `target`, which has room for
   * XATTR_NAME_MAX bytes and the NUL. Its length, or an errno.
   */
  toHost(u8: Uint8Array, at: number, length: number, target: number): number {
    let i = 0;
    while (!this.rules[i]!.fromGuest || !startsWith(u8, at, length, this.rules[i]!.key)) i++;
    const { action, prepend } = this.rules[i]!;
    if (action === 'bad') return Errno.EPERM;
    if (action === 'unsupported') return Errno.EOPNOTSUPP;
    const prefix = action === 'prefix' ? prepend.length : 0;
    if (prefix + length > XATTR_NAME_MAX) return Errno.ERANGE;
    u8.copyWithin(target + prefix, at, at + length);
    if (prefix > 0) u8.set(prepend, target);
    u8[target + prefix + length] = 0;
    return !this.acls && startsWith(u8, target, prefix + length, POSIX_ACL) ? Errno.EOPNOTSUPP : prefix + length;
  }

  /** Puts the guest's names in place of the host's in the list `u8[at, at + size)`, each ended by a NUL; the new size. */
  listToGuest(u8: Uint8Array, at: number, size: number): number {
    const end = at + size;
    let to = at;
    for (let from = at, next = at; next < end; ) {
      if (u8[next++] !== 0) continue;
      const stripped = this.toGuest(u8, from, next - 1 - from);
      if (stripped !== HIDDEN && from + stripped < next - 1) {
        u8.copyWithin(to, from + stripped, next);
        to += next - from - stripped;
      }
      from = next;
    }
    return to - at;
  }

  /** Bytes to take off the front of a host's name, or HIDDEN. */
  private toGuest(u8: Uint8Array, at: number, length: number): number {
    if (!this.acls && startsWith(u8, at, length, POSIX_ACL)) return HIDDEN;
    let i = 0;
    while (!this.rules[i]!.fromHost || !startsWith(u8, at, length, this.rules[i]!.prepend)) i++;
    const { action, prepend } = this.rules[i]!;
    return action === 'prefix' ? prepend.length : action === 'ok' ? 0 : HIDDEN;
  }

  /** The host's name for a guest's name; undefined when that is refused. */
  hostName(name: string): string | undefined {
    const bytes = nameBytes(name);
    const mapped = new Uint8Array(XATTR_NAME_MAX + 1);
    mapped.set(bytes);
    const length = this.toHost(mapped, 0, bytes.length, 0);
    return length < 0 ? undefined : nameText(mapped.subarray(0, length));
  }
}

function startsWith(u8: Uint8Array, at: number, length: number, prefix: Uint8Array): boolean {
  if (prefix.length > length) return false;
  for (let i = 0; i < prefix.length; i++) if (u8[at + i] !== prefix[i]) return false;
  return true;
}
