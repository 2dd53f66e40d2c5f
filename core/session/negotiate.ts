import type { Dispatcher } from '../dispatch/dispatcher.js';
import type { XattrMap } from '../mapping/xattr-map.js';
import { InitFlag } from '../protocol/init-flag.js';
import { Opcode } from '../protocol/opcode.js';
import type { KernelBacking } from './backing-files.js';
import type { CachePolicy } from './cache-policy.js';

/** INIT flags as the two words of the wire. */
export interface InitFlags {
  readonly flags: number;
  readonly flags2: number;
}

/** What a transport can carry, in bytes and pages of 4096. */
export interface TransportLimits {
  readonly maxWrite: number;
  readonly maxPages: number;
  /** Requests the kernel may have under way in the background. */
  readonly maxBackground: number;
  /** The kernel judges access by mode, owner and ACL before it asks (mount option default_permissions). Absent: it does. */
  readonly defaultPermissions?: boolean;
  /** The kernel can read and write files of this host by itself. Absent: it cannot. */
  readonly backing?: KernelBacking;
}

interface Ground {
  readonly plugin: Dispatcher;
  readonly cache: CachePolicy;
  readonly limits: TransportLimits;
  readonly xattrMap?: XattrMap | undefined;
  /** Flags that the mount does without. */
  readonly off?: ReadonlySet<InitFlag> | undefined;
}

type Rule = (ground: Ground) => boolean;

const always: Rule = () => true;
const handles = (...opcodes: Opcode[]): Rule => ({ plugin }) => opcodes.every((opcode) => plugin.handles(opcode));
const CAPABILITY = 'security.capability';
const ACCESS_ACL = 'system.posix_acl_access';
// Without HANDLE_KILLPRIV_V2 an open that truncates would clear nothing. Capabilities under another name are no plugin's to clear.
const killsPrivileges: Rule = ({ plugin, xattrMap }) => plugin.definition?.killsPrivileges === true && (xattrMap?.hostName(CAPABILITY) ?? CAPABILITY) === CAPABILITY;
// A kernel to which it is agreed judges access itself, whatever the mount options say; by ACLs that are the plugin's own.
const posixAcl: Rule = ({ plugin, limits, xattrMap }) =>
  plugin.definition?.posixAcl === true && limits.defaultPermissions !== false && (!xattrMap || xattrMap.hostName(ACCESS_ACL) === ACCESS_ACL);

/**
 * When each flag is agreed to, provided that the kernel offers it. A flag is agreed to only if it is honoured. The umask
 * is the plugin's business (DONT_MASK) only where default ACLs, which override it, can be stored. Refused, with the reason:
 * EXPORT_SUPPORT, NO_EXPORT_SUPPORT: look-ups of `.` and `..` by node id are not served, and NFS re-export is left as it is.
 * SPLICE_*: replies are gathered, not spliced. HAS_IOCTL_DIR and EXPLICIT_INVAL_DATA: no plugin needs them yet.
 * HANDLE_KILLPRIV: superseded by its second version, which says per request what to clear.
 * SECURITY_CTX: no plugin stores labels at creation.
 * MAP_ALIGNMENT, HAS_INODE_DAX: no DAX window. OVER_IO_URING: no faster than /dev/fuse, measured.
 * HAS_RESEND, REQUEST_TIMEOUT, ALLOW_IDMAP, HAS_EXPIRE_ONLY, ABORT_ERROR: not used yet.
 */
const rules: readonly (readonly [InitFlag, Rule])[] = [
  [InitFlag.ASYNC_READ, always],
  [InitFlag.BIG_WRITES, always],
  [InitFlag.MAX_PAGES, always],
  [InitFlag.INIT_EXT, always],
  [InitFlag.SETXATTR_EXT, always],
  [InitFlag.PARALLEL_DIROPS, always],
  [InitFlag.ASYNC_DIO, always],
  [InitFlag.CREATE_SUPP_GROUP, always],
  [InitFlag.DONT_MASK, handles(Opcode.SETXATTR)],
  [InitFlag.POSIX_LOCKS, handles(Opcode.GETLK, Opcode.SETLK, Opcode.SETLKW)],
  [InitFlag.FLOCK_LOCKS, handles(Opcode.GETLK, Opcode.SETLK, Opcode.SETLKW)],
  [InitFlag.ATOMIC_O_TRUNC, killsPrivileges],
  [InitFlag.HANDLE_KILLPRIV_V2, killsPrivileges],
  [InitFlag.POSIX_ACL, posixAcl],
  [InitFlag.SUBMOUNTS, ({ plugin }) => plugin.definition?.announcesSubmounts === true],
  [InitFlag.AUTO_INVAL_DATA, ({ cache }) => cache.mode === 'auto'],
  [InitFlag.DIRECT_IO_ALLOW_MMAP, ({ cache }) => !cache.keepsData],
  [InitFlag.PASSTHROUGH, ({ plugin, limits, cache }) => limits.backing !== undefined && !cache.writeback && plugin.definition?.seesData !== true],
  [InitFlag.DO_READDIRPLUS, handles(Opcode.READDIRPLUS)],
  [InitFlag.READDIRPLUS_AUTO, handles(Opcode.READDIRPLUS, Opcode.READDIR)],
  [InitFlag.WRITEBACK_CACHE, ({ cache }) => cache.writeback],
  [InitFlag.NO_OPEN_SUPPORT, ({ plugin }) => !plugin.handles(Opcode.OPEN)],
  [InitFlag.NO_OPENDIR_SUPPORT, ({ plugin }) => !plugin.handles(Opcode.OPENDIR)],
  [InitFlag.CACHE_SYMLINKS, ({ cache }) => cache.mode === 'always'],
];

/** The flags to answer an INIT with that offered `offered`. */
export function negotiate(offered: InitFlags, ground: Ground): InitFlags {
  let flags = 0;
  let flags2 = 0;
  for (const [flag, rule] of rules) {
    if (ground.off?.has(flag) || !rule(ground)) continue;
    if (flag < 32) flags |= 1 << flag;
    else flags2 |= 1 << (flag - 32);
  }
  flags &= offered.flags;
  return { flags: flags >>> 0, flags2: has({ flags, flags2: 0 }, InitFlag.INIT_EXT) ? (flags2 & offered.flags2) >>> 0 : 0 };
}

export function has(set: InitFlags, flag: InitFlag): boolean {
  return flag < 32 ? ((set.flags >>> flag) & 1) === 1 : ((set.flags2 >>> (flag - 32)) & 1) === 1;
}
