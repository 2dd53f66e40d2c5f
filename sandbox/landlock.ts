import { native } from '../native/index.js';

/** LANDLOCK_ACCESS_FS_*, linux/landlock.h. */
export const enum Access {
  EXECUTE = 1,
  WRITE_FILE = 1 << 1,
  READ_FILE = 1 << 2,
  READ_DIR = 1 << 3,
  REMOVE_DIR = 1 << 4,
  REMOVE_FILE = 1 << 5,
  MAKE_CHAR = 1 << 6,
  MAKE_DIR = 1 << 7,
  MAKE_REG = 1 << 8,
  MAKE_SOCK = 1 << 9,
  MAKE_FIFO = 1 << 10,
  MAKE_BLOCK = 1 << 11,
  MAKE_SYM = 1 << 12,
  REFER = 1 << 13,
  TRUNCATE = 1 << 14,
  IOCTL_DEV = 1 << 15,
}

/** What is done in a directory that is only read. */
export const READS = Access.READ_FILE | Access.READ_DIR;
/** What is done in a directory that is served. Nothing is ever executed, and no device opened. */
export const CHANGES = READS | Access.WRITE_FILE | Access.TRUNCATE | Access.REFER | Access.REMOVE_DIR | Access.REMOVE_FILE | Access.MAKE_CHAR
  | Access.MAKE_DIR | Access.MAKE_REG | Access.MAKE_SOCK | Access.MAKE_FIFO | Access.MAKE_BLOCK | Access.MAKE_SYM;

/** BIND_TCP and CONNECT_TCP. */
const NETWORK = 3;
const SCOPE_ABSTRACT_SOCKETS = 1;
const SCOPE_SIGNALS = 2;
/** Signals between threads of one process are let through: libc and runtime need them. */
const ERRATUM_SIGNALS = 1 << 1;

/** The first version in which files can be renamed and linked across directories. */
export const LANDLOCK_LEAST = 2;

/** The version of Landlock that the kernel has; 0 when it has none, or it is turned off. */
export const landlockVersion = (): number => Math.max(0, native.landlockQuery(1));

function handled(version: number): number {
  return 0x3fff | (version >= 3 ? Access.TRUNCATE : 0) | (version >= 5 ? Access.IOCTL_DEV : 0);
}

/**
 * A rule set that denies all opening, making, renaming and removing of files but what `rules` allow, TCP, and, where the kernel can,
 * abstract Unix sockets and signals to other processes. Its fd, or a negative errno.
 */
export function ruleset(rules: ReadonlyMap<string, number>): number {
  const version = landlockVersion();
  const signals = version >= 6 && (Math.max(0, native.landlockQuery(2)) & ERRATUM_SIGNALS) !== 0;
  const fd = native.landlockCreate(handled(version), version >= 4 ? NETWORK : 0, version >= 6 ? SCOPE_ABSTRACT_SOCKETS | (signals ? SCOPE_SIGNALS : 0) : 0);
  if (fd < 0) return fd;
  for (const [path, access] of rules) {
    const error = native.landlockAllow(fd, path, access & handled(version));
    if (error >= 0) continue;
    native.closeFd(fd);
    return error;
  }
  return fd;
}
