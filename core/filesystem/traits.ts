/** What a file system says of itself beside its handlers; a layer around it may say otherwise. */
export interface Traits {
  /**
   * It clears set-user-id, set-group-id and capabilities where a request says so (`killPrivileges` of WRITE,
   * `OpenInFlag.KILL_SUIDGID`, `SetattrValid.KILL_SUIDGID`), and always on a change of owner. Absent: the kernel does, by
   * further requests, and never truncates by OPEN.
   */
  readonly killsPrivileges?: boolean;
  /**
   * It judges access itself where `request.defaultPermissions` is false. The kernel then keeps no names, as it lets
   * everybody pass by those it keeps. Absent: without the mount option default_permissions everybody may do everything.
   */
  readonly checksAccess?: boolean;
  /**
   * It stores POSIX ACLs (xattrs `system.posix_acl_access` and `…_default`), keeps ACL and mode in step, lets new
   * files inherit, and clears set-group-id where `SetxattrRequest.killSetgid` says so. Absent: ACLs are not enforced.
   */
  readonly posixAcl?: boolean;
  /**
   * It marks directories that are file systems of their own with `AttrFlag.SUBMOUNT` where `request.submounts`
   * says that the kernel understands it; they get an st_dev of their own. Absent: all is one file system.
   */
  readonly announcesSubmounts?: boolean;
  /** Whether a name is found depends on who asks, or on names above it: the kernel keeps none. Absent: `cache` decides. */
  readonly judgesNames?: boolean;
  /** READ and WRITE are to come here always: the kernel reads and writes no file of this host by itself. */
  readonly seesData?: boolean;
  /** What guests have open are file descriptors of this process, which guests then share out. Absent: open files cost none. */
  readonly opensFiles?: boolean;
}
