/**
 * How the files of a volume are written down, little-endian: the head; then each inode, the root first; behind an inode its
 * extended attributes, then what its type has: the target of a symbolic link (length, bytes), the entries of a directory,
 * the runs of a regular file.
 */
export const MAGIC = 0x4d45_4d46;
export const VERSION = 1;

/** Offsets in bytes. */
export const Head = { magic: 0, version: 4, inodes: 8, lastIno: 16, SIZE: 24 } as const;

export const Inode = {
  node: 0, generation: 4, mode: 8, uid: 12, gid: 16, rdev: 20, flags: 24, xattrs: 28,
  ino: 32, size: 40, atime: 48, mtime: 56, ctime: 64, btime: 72,
  atimeNsec: 80, mtimeNsec: 84, ctimeNsec: 88, btimeNsec: 92, SIZE: 96,
} as const;
/** In `Inode.flags`: it may be given its first name. */
export const LINKABLE = 1;

/** Then the name and the value. */
export const Xattr = { name: 0, value: 4, SIZE: 8 } as const;

/** The greatest cookie given out, how many entries follow; each: its cookie, its node, the length of its name, the name. */
export const Listing = { last: 0, count: 8, SIZE: 16 } as const;
export const Entry = { cookie: 0, node: 8, name: 12, SIZE: 16 } as const;

/** Pages of one kind, ascending; behind pages of data their bytes. The last run has no pages. */
export const Run = { index: 0, pages: 8, kind: 16, SIZE: 24 } as const;
export const enum RunKind {
  DATA = 1,
  RESERVED = 2,
  ZEROED = 3,
}
