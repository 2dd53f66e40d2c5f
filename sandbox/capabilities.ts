import type { Places } from '../core/config/index.js';
import { CAPABILITIES, type Capability, type CapabilityChanges } from '../core/config/capabilities.js';

/** What `passthrough` does for guests that root may do and others may not. */
const PASSTHROUGH: readonly Capability[] = ['chown', 'dac_override', 'fowner', 'fsetid', 'setgid', 'setuid', 'mknod', 'setfcap', 'linux_immutable'];
/** To open files by file handle. */
const HANDLES: Capability = 'dac_read_search';
/** To mount, to hand files to the kernel (FUSE_PASSTHROUGH), and for attributes named `trusted.*`, in which overlay keeps its marks. */
const ADMIN: Capability = 'sys_admin';

/** The capabilities that the server has a use for. */
export function neededCapabilities({ plugins, mountpoints }: Places, grows: boolean, isBuiltIn: (use: string) => boolean): Set<Capability> {
  const needed = new Set<Capability>();
  const touchesFiles = grows || plugins.some(({ use }) => use === 'passthrough' || !isBuiltIn(use));
  if (touchesFiles) for (const capability of PASSTHROUGH) needed.add(capability);
  const byHandle = plugins.some(({ use, options }) => use === 'passthrough' && (options as { fileHandles?: unknown }).fileHandles !== false);
  if (grows || byHandle) needed.add(HANDLES);
  const marks = plugins.some(({ use, options }) => use === 'overlay' && (options as { xattrs?: unknown }).xattrs !== 'user');
  if (grows || mountpoints.length > 0 || (marks && touchesFiles)) needed.add(ADMIN);
  return needed;
}

export function changed(needed: ReadonlySet<Capability>, { keep, drop }: CapabilityChanges = { keep: [], drop: [] }): Set<Capability> {
  return new Set([...needed, ...keep].filter((capability) => !drop.includes(capability)));
}

/** A set as bits; capabilities(7). */
export function bits(set: ReadonlySet<Capability>): bigint {
  return CAPABILITIES.reduce((sum, capability, number) => (set.has(capability) ? sum | (1n << BigInt(number)) : sum), 0n);
}

export function names(set: bigint): Capability[] {
  return CAPABILITIES.filter((_, number) => ((set >> BigInt(number)) & 1n) === 1n);
}
