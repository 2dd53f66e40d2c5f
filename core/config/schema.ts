import { z } from 'zod';
import { parseContext } from './context.js';
import { idMap, squash, xattrMap } from './maps.js';
import { refuseNesting } from './nesting.js';
import { fileSystem, transports, transportsOf, type Selection } from './selection.js';
import { duration } from './units.js';

/** How long a kernel may trust what it was told: `none` never, `auto` for `timeout`, `always` for good. */
export type CacheMode = 'none' | 'auto' | 'always';

/** Kernels take timeouts as seconds in an int, or treat what is longer as for ever. */
const TIMEOUT_LIMIT = 2 ** 31;

export const mountSchema = z.strictObject({
  name: z.string().min(1, 'must not be empty').describe('what messages and metrics call this mount'),
  transport: transports().describe('how it is reached; a list: in several ways at once'),
  filesystem: fileSystem().describe('what is served'),
  cache: z.enum(['none', 'auto', 'always']).default('auto').describe('how long entries and attributes are trusted'),
  timeout: duration().refine((seconds) => seconds < TIMEOUT_LIMIT, 'is too long; `cache: always` trusts for good').default(1).describe('how long `cache: auto` trusts them'),
  locks: z.enum(['server', 'guest']).default('server').describe('who keeps file locks: the server, for every kernel together, or each kernel for itself'),
  poll: duration().default(50e-6).describe('how long to watch for the next request before sleeping; 0 never'),
  shortcuts: z.boolean().default(true).describe('let native code answer plain requests by itself; false: the file system sees every one'),
  writeback: z.boolean().default(false).describe('let the kernel gather writes; needs the only writer'),
  uidMap: idMap().optional().describe('rules that map user ids between guests and file system, such as map:0:100000:65536'),
  gidMap: idMap().optional().describe('the same for group ids'),
  squash: squash().optional().describe('HOST_UID:HOST_GID that all guests act as'),
  xattrMap: xattrMap().optional().describe('rules that map names of extended attributes, such as :map::user.virtiofs.:'),
}).superRefine(({ squash, uidMap, gidMap }, context) => {
  if (squash && (uidMap || gidMap)) context.addIssue({ code: 'custom', path: ['squash'], message: 'cannot go with uidMap or gidMap' });
});

/** One mount, checked: `timeout` in seconds, paths absolute, options in the form their schemas give. */
export type MountConfig = z.output<typeof mountSchema>;

function refuseUselessWriteback(mounts: MountConfig[], context: z.RefinementCtx): void {
  mounts.forEach(({ cache, writeback, ...mount }, index) => {
    if (writeback && transportsOf(mount).length > 1) context.addIssue({ code: 'custom', path: [index, 'writeback'], message: 'needs the only writer, and with several transports there may be more' });
    if (writeback && cache === 'none') context.addIssue({ code: 'custom', path: [index, 'writeback'], message: 'needs `cache: auto` or `cache: always`: with `none` nothing is kept that could be written later' });
  });
}

/** The keys of a transport's options that no two mounts may share: sockets and mountpoints. */
function exclusiveKeys({ use }: Selection): string[] {
  const options = parseContext()?.registry.transport(use)?.options;
  if (!(options instanceof z.ZodObject)) return [];
  return Object.entries(options.shape).filter(([, field]) => (field as z.ZodType).meta()?.['exclusive']).map(([key]) => key);
}

function refuseDuplicates(mounts: MountConfig[], context: z.RefinementCtx): void {
  const seen = new Map<string, number>();
  const claim = (what: string, value: unknown, path: PropertyKey[], index: number) => {
    const first = seen.get(`${what}:${value}`);
    if (first === undefined) seen.set(`${what}:${value}`, index);
    else context.addIssue({ code: 'custom', path: [index, ...path], message: `mounts[${first}] has the same ${what}, ${value}` });
  };
  mounts.forEach((mount, index) => {
    claim('name', mount.name, ['name'], index);
    for (const [path, transport] of transportsOf(mount)) {
      const options = transport.options as Record<string, unknown>;
      for (const key of exclusiveKeys(transport)) claim(key, options[key], [...path, key], index);
    }
  });
}

export const configSchema = z.strictObject({
  mounts: z.array(mountSchema).min(1, 'must name at least one mount').superRefine(refuseDuplicates).superRefine(refuseNesting).superRefine(refuseUselessWriteback),
});

/** A whole config file, checked. */
export type Config = z.output<typeof configSchema>;
