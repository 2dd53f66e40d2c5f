import path from 'node:path';
import type { Config, Places } from '../core/config/index.js';
import { Access, CHANGES, LANDLOCK_LEAST, READS } from './landlock.js';
import { ownSockets } from './places.js';

/** What the process is and the kernel has. */
export interface Ground {
  readonly root: boolean;
  readonly landlock: number;
  isBuiltIn(use: string): boolean;
}

/** What is done to confine the server, and what is not, with the reason. */
export interface Plan {
  /** Directories and what may be done beneath each; undefined: no Landlock. */
  readonly rules: ReadonlyMap<string, number> | undefined;
  readonly noNewPrivileges: boolean;
  /** File systems that nobody knows yet may be added. */
  readonly grows: boolean;
  readonly leftOut: readonly string[];
}

function whyNoLandlock({ admin, sandboxPaths }: Config, { mountpoints, plugins }: Places, { landlock, isBuiltIn }: Ground): string | undefined {
  if (landlock < LANDLOCK_LEAST) return 'this kernel has none, or one in which files could not be renamed across directories';
  if (mountpoints.length > 0) return 'a process with Landlock may not unmount';
  if (sandboxPaths) return undefined;
  if (admin !== undefined) return 'directories may be added by the admin socket; sandboxPaths names where they may be';
  const own = plugins.find(({ use }) => !isBuiltIn(use));
  return own && `${own.use} may use files that are not known; sandboxPaths names them`;
}

/** Rules by path: what is said twice is allowed twice. */
function landlockRules(config: Config, places: Places): ReadonlyMap<string, number> {
  const rules = new Map<string, number>();
  const allow = (directory: string, access: number): unknown => rules.set(directory, (rules.get(directory) ?? 0) | access);
  for (const { directory, readonly } of places.served) allow(directory, readonly ? READS : CHANGES);
  for (const directory of config.sandboxPaths ?? []) allow(directory, CHANGES);
  for (const socket of ownSockets(config, places)) allow(path.dirname(socket), Access.REMOVE_FILE);
  return rules;
}

export function plan(config: Config, places: Places, ground: Ground): Plan {
  const leftOut: string[] = [];
  const noLandlock = whyNoLandlock(config, places, ground);
  if (noLandlock) leftOut.push(`Landlock: ${noLandlock}`);
  const grows = config.admin !== undefined && !config.sandboxPaths;
  // fusermount3 has a set-id bit.
  const helped = !ground.root && (grows || places.mountpoints.length > 0);
  if (helped) leftOut.push('no_new_privs: fusermount3 needs privileges to unmount');
  return { rules: noLandlock ? undefined : landlockRules(config, places), noNewPrivileges: !helped, grows, leftOut };
}
