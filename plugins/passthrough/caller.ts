import { native } from '../../native/index.js';

/** Who asks. */
export interface Caller {
  readonly uid: number;
  readonly gid: number;
  readonly member: number;
  readonly defaultPermissions: boolean;
}

/** access(2). */
export const X_OK = 1;
export const W_OK = 2;

/** No umask: what is done has no mode for it to act on. */
export const NO_UMASK = -1;

/** This process' own umask when it started. */
const OWN_UMASK = process.umask();

/** The umask to set for what is made with `mode`: none where neither it nor this process' own would take a bit away. */
export function umaskFor(mode: number, umask: number): number {
  return (mode & (umask | OWN_UMASK)) === 0 ? NO_UMASK : umask;
}

const OWN_UID = process.geteuid!();
const OWN_GID = process.getegid!();
/** What `enter` has set is to be taken back. */
let entered = false;

/** Lets what is created belong to the caller, up to `leaveCreated`; 0, or a negative errno. */
export function enter({ uid, gid, member, defaultPermissions, supplementaryGroup }: Caller & { supplementaryGroup: number }, umask: number): number {
  // Who creates as this process itself needs no call into native code.
  if (uid === OWN_UID && gid === OWN_GID && umask === NO_UMASK) return 0;
  entered = true;
  return defaultPermissions ? native.credentialsEnter(uid, gid, supplementaryGroup, umask) : native.credentialsBecome(uid, gid, member, umask);
}

export function leaveCreated(): void {
  if (entered) native.credentialsLeave();
  entered = false;
}

/** Has the host's kernel judge what is done up to `leave`, where the caller's kernel has not; 0, or a negative errno. */
export function become({ uid, gid, member, defaultPermissions }: Caller): number {
  return defaultPermissions ? 0 : native.credentialsBecome(uid, gid, member, NO_UMASK);
}

export function leave({ defaultPermissions }: Caller): void {
  if (!defaultPermissions) native.credentialsLeave();
}

/** Whether the caller may do with the file what `mask` (access(2)) says: 0, or a negative errno. */
export function judge(caller: Caller, fd: number, mask: number): number {
  const error = become(caller) || native.access(fd, mask);
  leave(caller);
  return error;
}
