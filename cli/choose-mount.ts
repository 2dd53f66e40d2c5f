import { type MountConfig, nearest } from '../core/config/index.js';
import type { ConfigSource } from '../core/config/source.js';
import { UnknownMount, UsageError } from '../core/errors.js';

/** The mount of a config that `--name` means; without it the only one. `kind`: what they are, in the plural. */
export function chooseMount(source: ConfigSource, mounts: readonly MountConfig[], name: string | undefined, kind = 'mounts'): MountConfig {
  const names = mounts.map((mount) => mount.name);
  if (name === undefined && mounts.length > 1) throw UsageError(`${source.name} has several ${kind}`, `choose one with --name: ${names.join(', ')}`);
  const found = name === undefined ? mounts[0] : mounts.find((mount) => mount.name === name);
  if (!found) throw UnknownMount(name!, source.name, names, nearest(name!, names));
  return found;
}
