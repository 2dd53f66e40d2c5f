import { native } from './index.js';

/** What native/src/confine.cc and native/src/isolate.cc export; all return a number >= 0 or a negative errno. */
export interface ConfineFunctions {
  /** landlock_create_ruleset(2): 1 asks for the version, 2 for the errata that are fixed, as bits. -ENOSYS, -EOPNOTSUPP: there is no Landlock. */
  landlockQuery(what: 1 | 2): number;
  /** A rule set that denies these accesses to files, to the network and across domains; its fd. */
  landlockCreate(fs: number, net: number, scoped: number): number;
  /** Allows accesses to a file, or to all beneath a directory. */
  landlockAllow(ruleset: number, path: string, access: number): number;
  /**
   * Confines every thread of the process for good, and what they create: by a rule set (-1: none), no_new_privs, and, with `drop`,
   * by dropping all capabilities but those whose bits are in the two words. The number of threads.
   */
  confineThreads(ruleset: number, noNewPrivileges: number, drop: number, keptLow: number, keptHigh: number): number;
  /** The calling thread's effective capabilities, as two words. */
  capabilities(halves: Int32Array): number;
  /** setrlimit(2), soft and hard limit alike. */
  setLimit(resource: number, limit: number): number;
  /**
   * Gives every thread a root that has nothing but the directories in `paths` (absolute, divided by NULs, parents before what lies in
   * them), at their paths, and namespaces of their own for mounts, IPC and, unless `network` is 1, the network. From the main thread
   * only, before anything is opened that shall be inside.
   */
  isolateThreads(paths: Uint8Array, network: number): number;
  /** chroot(2), for every thread; the working directory becomes the one of open files in /proc. */
  changeRoot(path: string): number;
}

/** Resources of setrlimit(2). */
export const enum Limit {
  CORE = 4,
  NOFILE = 7,
}

let byPath = false;

/** Notes that files are opened by path only: one that is found by file handle, and whose path the kernel has forgotten, cannot be (EACCES). */
export function opensByPathOnly(): void {
  byPath = true;
}

/** Whether {@link opensByPathOnly} was said. */
export const mustOpenByPath = (): boolean => byPath;

/** The calling thread's effective capabilities, as bits. */
export function ownCapabilities(): bigint {
  const halves = new Int32Array(2);
  if (native.capabilities(halves) < 0) return 0n;
  return BigInt(halves[0]! >>> 0) | (BigInt(halves[1]! >>> 0) << 32n);
}
