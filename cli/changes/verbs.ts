import path from 'node:path';
import { apart } from '../../core/apart.js';
import { checkFileSystem } from '../../core/config/index.js';
import { keyPath } from '../../core/config/source.js';
import { UsageError } from '../../core/errors.js';
import type { Change, ChangeSet, Committed } from '../../core/filesystem/change-set.js';
import { silent } from '../../core/log.js';
import type { MountSummary } from '../../core/stats.js';
import { registry } from '../../index.js';
import { command } from '../ctl/ask.js';
import { selectOverlay, type WhereFlags } from './where.js';

/** What can be done with a change set, wherever it is. */
export interface Verbs {
  diff(): Promise<Change[]>;
  /** `to`: a directory of this host. */
  commit(to?: string): Promise<Committed>;
  discard(): Promise<number>;
}

/** Does something with the change set that is meant: a server's, or that of an overlay which this process starts for it. */
export async function withChanges<T>(flags: WhereFlags, use: (verbs: Verbs) => Promise<T>): Promise<T> {
  if (flags.admin !== undefined) return use(await remote(flags));
  return apart(await selectOverlay(flags), registry, silent, (part) => use(local(part.plugin.plugin as { changes: ChangeSet })));
}

function local({ changes }: { changes: ChangeSet }): Verbs {
  return {
    diff: () => changes.diff(),
    commit: (to) => changes.commit(to === undefined ? undefined : checkFileSystem({
      name: 'command line', directory: process.cwd(), data: { use: 'passthrough', source: path.resolve(to) },
      where: (key) => (key[0] === 'source' ? '--to' : keyPath(key)),
    }, registry)),
    discard: () => changes.discard(),
  };
}

async function remote({ admin, name: named, upper, lower, config }: WhereFlags): Promise<Verbs> {
  if (upper !== undefined || lower !== undefined || config !== undefined) throw UsageError('--admin asks a server', 'leave --config, --upper and --lower out, and name the mount with --name');
  const name = named ?? (await onlyOverlay(admin!));
  return {
    diff: async () => await command(admin, 'diff', { name }) as Change[],
    commit: async (to) => await command(admin, 'commit', { name, ...to !== undefined && { to: path.resolve(to) } }) as Committed,
    discard: async () => await command(admin, 'discard', { name }) as number,
  };
}

async function onlyOverlay(admin: string): Promise<string> {
  const mounts = await command(admin, 'list', {}) as MountSummary[];
  const overlays = mounts.filter(({ use }) => use === 'overlay').map(({ name }) => name);
  if (overlays.length === 1) return overlays[0]!;
  throw UsageError(overlays.length === 0 ? 'the server has no overlay' : 'the server has several overlays', overlays.length === 0 ? 'change sets are those of an overlay' : `choose one with --name: ${overlays.join(', ')}`);
}
