import path from 'node:path';
import { checkConfig, checkFileSystem, loadConfig, type FileSystemSelection } from '../../core/config/index.js';
import { keyPath } from '../../core/config/source.js';
import { NoChanges, UpperMissing, UpperVanishes, UsageError } from '../../core/errors.js';
import { registry } from '../../index.js';
import { chooseMount } from '../choose-mount.js';

/** Which change set is meant: of a server that runs, of a mount in a config file, or of directories. */
export interface WhereFlags {
  admin?: string;
  config?: string;
  name?: string;
  upper?: string;
  lower?: string[];
}

/** The overlay that is meant, which no server may be serving. */
export async function selectOverlay(flags: WhereFlags): Promise<FileSystemSelection> {
  if (flags.upper === undefined && flags.lower === undefined) return fromConfig(flags);
  if (flags.upper === undefined || flags.lower === undefined) throw UsageError('--upper and --lower go together', 'the directory with the changes, and what they are changes of, topmost first');
  if (flags.config !== undefined || flags.name !== undefined) throw UsageError('--upper and --lower say all', 'leave --config and --name out');
  const share = (source: string): object => ({ use: 'passthrough', source: path.resolve(source) });
  const data = { use: 'overlay', upper: share(flags.upper), lower: flags.lower.map(share) };
  const named = (key: readonly PropertyKey[]): string => (key[0] === 'upper' ? '--upper' : key[0] === 'lower' ? '--lower' : keyPath(key));
  return checkFileSystem({ name: 'command line', directory: process.cwd(), data, where: named }, registry);
}

async function fromConfig({ config, name }: WhereFlags): Promise<FileSystemSelection> {
  const source = await loadConfig(config);
  const { mounts } = await checkConfig(source, registry);
  const overlays = mounts.filter(({ filesystem }) => filesystem.use === 'overlay');
  const mount = name === undefined ? chooseMount(source, overlays.length > 0 ? overlays : mounts.slice(0, 1), undefined, 'overlays') : chooseMount(source, mounts, name);
  if (mount.filesystem.use !== 'overlay') throw NoChanges(mount.name, mount.filesystem.use);
  const { upper } = mount.filesystem.options as { upper?: FileSystemSelection };
  if (!upper) throw UpperMissing();
  if (upper.use === 'memory') throw UpperVanishes(mount.name);
  return mount.filesystem;
}
