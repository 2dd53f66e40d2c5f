import { EXT_GROUPS } from '../../protocol/flags.js';
import { ExtHeader, SuppGroups } from '../../protocol/structs.js';
import { getU32 } from '../../protocol/words.js';
import { Errno } from '../errno.js';

/** No supplementary group. */
export const NO_GROUP = -1;
/** (gid_t) -1, which is no group. */
const INVALID_GID = 0xffff_ffff;

/**
 * The group in the extensions that fill `u8[at, end)`, NO_GROUP when they have none, or EINVAL when they do not fill it.
 * Linux sends one group at most (`get_create_supp_group` in fs/fuse/dir.c). Extensions of other types are passed over.
 */
export function findSupplementaryGroup(u8: Uint8Array, at: number, end: number): number {
  let group = NO_GROUP;
  while (at < end) {
    if (end - at < ExtHeader.size_) return Errno.EINVAL;
    const size = getU32(u8, at);
    if (size < ExtHeader.size_ || size > end - at) return Errno.EINVAL;
    if (getU32(u8, at + ExtHeader.type) === EXT_GROUPS) {
      if (group !== NO_GROUP) return Errno.EINVAL;
      group = onlyGroup(u8, at + ExtHeader.size_, size - ExtHeader.size_);
      if (group < NO_GROUP) return group;
    }
    at += (size + 7) & ~7;
  }
  return at === end ? group : Errno.EINVAL;
}

/** The group of a `struct fuse_supp_groups` that has at most one, in `room` bytes. */
function onlyGroup(u8: Uint8Array, at: number, room: number): number {
  if (room < SuppGroups.size_) return Errno.EINVAL;
  const count = getU32(u8, at);
  if (count === 0) return NO_GROUP;
  if (count > 1 || room < SuppGroups.size_ + 4) return Errno.EINVAL;
  const group = getU32(u8, at + SuppGroups.size_);
  return group === INVALID_GID ? Errno.EINVAL : group;
}
