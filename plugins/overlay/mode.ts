/** Bits of st_mode, inode(7). */
export const S_IFMT = 0o170000;
export const S_IFLNK = 0o120000;
export const S_IFREG = 0o100000;
export const S_IFDIR = 0o040000;
export const S_IFCHR = 0o020000;
/** The bits chmod(2) sets. */
export const PERMISSIONS = 0o7777;
