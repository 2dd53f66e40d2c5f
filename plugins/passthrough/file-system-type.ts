/** `f_type` of statfs(2), linux/magic.h. */
const EXT = 0xef53;
const XFS = 0x58465342;
const BTRFS = 0x9123683e;
const TMPFS = 0x01021994;
const RAMFS = 0x858458f6;
const FUSE = 0x65735546;

/** Its files are only in memory: fsync(2) has nothing to wait for. */
export function isVolatile(type: number): boolean {
  return type === TMPFS || type === RAMFS;
}

/** Its close(2) does nothing that could fail. Of file systems that are not known here, as those on a network, it may. */
export function closesQuietly(type: number): boolean {
  return type === EXT || type === XFS || type === BTRFS || isVolatile(type);
}

/** Its file handles last only as long as the kernel keeps the inode: most servers cannot look one up by number. */
export function losesHandles(type: number): boolean {
  return type === FUSE;
}
