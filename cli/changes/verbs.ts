import path from 'node:path';
import { hostDirectory, layerFrom, layerTo } from '../../admin/host-directory.js';
import { apart } from '../../core/apart.js';
import { UsageError } from '../../core/errors.js';
import type { Change, ChangeSet, Committed, Imported, LayerFormat } from '../../core/filesystem/change-set.js';
import { silent } from '../../core/log.js';
import type { Part } from '../../core/parts.js';
import type { MountSummary } from '../../core/stats.js';
import { registry } from '../../index.js';
import { command } from '../ctl/ask.js';
import { selectOverlay, type WhereFlags } from './where.js';

/** What can be done with a change set, wherever it is. Paths are of this host. */
export interface Verbs {
  diff(): Promise<Change[]>;
  /** `to`: a directory. */
  commit(to?: string): Promise<Committed>;
  discard(): Promise<number>;
  snapshot(): Promise<number>;
  export(to: string, format: LayerFormat): Promise<number>;
  import(from: string): Promise<Imported>;
}

/** Does something with the change set that is meant: a server's, or that of an overlay which this process starts for it. */
export async function withChanges<T>(flags: WhereFlags, use: (verbs: Verbs) => Promise<T>): Promise<T> {
  if (flags.admin !== undefined) return use(await served(flags));
  return apart(await selectOverlay(flags), registry, silent, (part) => use(local(part)));
}

function local(part: Part): Verbs {
  const { changes } = part.plugin.plugin as { changes: ChangeSet };
  return {
    diff: () => changes.diff(),
    commit: (to) => changes.commit(to === undefined ? undefined : hostDirectory(path.resolve(to), '--to', registry)),
    discard: () => changes.discard(),
    snapshot: () => changes.snapshot(),
    export: (to, format) => changes.export(layerTo(path.resolve(to), format, to, registry)),
    import: (from) => changes.import(layerFrom(path.resolve(from), from, registry), part),
  };
}

/** The change set of a mount that is served; without `admin` by the server of the config file found upwards. */
export async function served({ admin, name: named, upper, lower, config }: WhereFlags): Promise<Verbs> {
  if (upper !== undefined || lower !== undefined || config !== undefined) throw UsageError('--admin asks a server', 'leave --config, --upper and --lower out, and name the mount with --name');
  const name = named ?? (await onlyOverlay(admin));
  return {
    diff: async () => await command(admin, 'diff', { name }) as Change[],
    commit: async (to) => await command(admin, 'commit', { name, ...to !== undefined && { to: path.resolve(to) } }) as Committed,
    discard: async () => await command(admin, 'discard', { name }) as number,
    snapshot: async () => await command(admin, 'snapshot', { name }) as number,
    export: async (to, format) => await command(admin, 'export', { name, to: path.resolve(to), format }) as number,
    import: async (from) => await command(admin, 'import', { name, from: path.resolve(from) }) as Imported,
  };
}

async function onlyOverlay(admin: string | undefined): Promise<string> {
  const mounts = await command(admin, 'list', {}) as MountSummary[];
  const overlays = mounts.filter(({ use }) => use === 'overlay').map(({ name }) => name);
  if (overlays.length === 1) return overlays[0]!;
  throw UsageError(overlays.length === 0 ? 'the server has no overlay' : 'the server has several overlays', overlays.length === 0 ? 'change sets are those of an overlay' : `choose one with --name: ${overlays.join(', ')}`);
}
