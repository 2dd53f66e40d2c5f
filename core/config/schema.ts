import { z } from 'zod';
import { idMap, squash, xattrMap } from './maps.js';
import { refuseDuplicates } from './duplicates.js';
import { limitsSchema } from './limits.js';
import { modcaps } from './capabilities.js';
import { directory, ownSocketPath } from './fields.js';
import { metricsAddress } from './metrics-address.js';
import { refuseNesting } from './nesting.js';
import { fileSystem, transports, transportsOf } from './selection.js';
import { FEATURES } from '../session/features.js';
import { duration } from './units.js';

/** How long a kernel may trust what it was told: `none` never, `auto` for `timeout`, `always` for good, `metadata` all but data. */
export type CacheMode = 'none' | 'metadata' | 'auto' | 'always';

/** Kernels take timeouts as seconds in an int, or treat what is longer as for ever. */
const TIMEOUT_LIMIT = 2 ** 31;

export const mountSchema = z.strictObject({
  name: z.string().min(1, 'must not be empty').describe('what messages and metrics call this mount'),
  transport: transports().describe('how it is reached; a list: in several ways at once'),
  filesystem: fileSystem().describe('what is served'),
  cache: z.enum(['none', 'metadata', 'auto', 'always']).default('auto').describe('how long entries and attributes are trusted'),
  timeout: duration().refine((seconds) => seconds < TIMEOUT_LIMIT, 'is too long; `cache: always` trusts for good').default(1).describe('how long `cache: auto` trusts them'),
  locks: z.enum(['auto', 'server', 'guest']).default('auto').describe('who keeps file locks: the server, for every kernel together, or each guest\'s kernel for itself, which costs no requests; auto: the server where there are several transports'),
  limits: limitsSchema.optional().describe('what one guest may hold at most'),
  poll: duration().default(50e-6).describe('how long to watch for the next request before sleeping; 0 never'),
  shortcuts: z.boolean().default(true).describe('let native code answer plain requests by itself; false: the file system sees every one'),
  writeback: z.boolean().default(false).describe('let the kernel gather writes; needs the only writer'),
  uidMap: idMap().optional().describe('rules that map user ids between guests and file system, such as map:0:100000:65536'),
  gidMap: idMap().optional().describe('the same for group ids'),
  squash: squash().optional().describe('HOST_UID:HOST_GID that all guests act as'),
  xattrMap: xattrMap().optional().describe('rules that map names of extended attributes, such as :map::user.virtiofs.:'),
  disable: z.array(z.enum(FEATURES)).optional().describe('what kernels are not offered'),
}).superRefine(({ squash, uidMap, gidMap, xattrMap, disable }, context) => {
  if (xattrMap && disable?.includes('xattr')) context.addIssue({ code: 'custom', path: ['xattrMap'], message: 'cannot go with `disable: [xattr]`' });
  if (squash && (uidMap || gidMap)) context.addIssue({ code: 'custom', path: ['squash'], message: 'cannot go with uidMap or gidMap' });
});

/** One mount, checked: `timeout` in seconds, paths absolute, options in the form their schemas give. */
export type MountConfig = z.output<typeof mountSchema>;

function refuseUselessWriteback(mounts: MountConfig[], context: z.RefinementCtx): void {
  mounts.forEach(({ cache, writeback, ...mount }, index) => {
    if (writeback && transportsOf(mount).length > 1) context.addIssue({ code: 'custom', path: [index, 'writeback'], message: 'needs the only writer, and with several transports there may be more' });
    if (writeback && (cache === 'none' || cache === 'metadata')) context.addIssue({ code: 'custom', path: [index, 'writeback'], message: `needs \`cache: auto\` or \`cache: always\`: with \`${cache}\` nothing is kept that could be written later` });
  });
}

/** `auto`: as the kernel and what is served allow; `none`; `namespace` and `chroot`: with a root of its own, too. */
const SANDBOX_MODES = ['auto', 'none', 'namespace', 'chroot'] as const;
export type SandboxMode = (typeof SANDBOX_MODES)[number];

export const configSchema = z.strictObject({
  admin: ownSocketPath().optional().describe('Unix socket by which the running server is managed'),
  metrics: metricsAddress().optional().describe('where Prometheus finds the metrics: a Unix socket, or HOST:PORT'),
  sandbox: z.enum(SANDBOX_MODES).default('auto').describe('how the server is confined'),
  sandboxPaths: z.array(directory()).optional().describe('directories that it may use beside those that it serves from the start'),
  modcaps: modcaps().optional().describe('capabilities that it keeps or drops, such as "+sys_admin:-mknod"'),
  mounts: z.array(mountSchema).superRefine(refuseDuplicates).superRefine(refuseNesting).superRefine(refuseUselessWriteback),
}).superRefine(({ admin, mounts }, context) => {
  if (mounts.length === 0 && admin === undefined) context.addIssue({ code: 'custom', path: ['mounts'], message: 'must name at least one mount', params: { hint: 'or name an `admin` socket, by which mounts are added later' } });
});

/** A whole config file, checked. */
export type Config = z.output<typeof configSchema>;
