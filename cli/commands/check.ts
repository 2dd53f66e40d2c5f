import type { Command } from 'commander';
import { checkConfig, loadConfig, type MountConfig, transportsOf } from '../../core/config/index.js';
import type { Selection } from '../../core/config/index.js';
import { registry } from '../../index.js';

/** Modes are octal, as everywhere; all else as it would stand in a config file. */
function shown(key: string, value: unknown): string {
  if (key === 'mode' && typeof value === 'number') return `0${value.toString(8)}`;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function describe({ use, options }: Selection): string {
  const fields = Object.entries(options as object).map(([key, value]) => `${key}: ${shown(key, value)}`);
  return fields.length ? `${use} { ${fields.join(', ')} }` : use;
}

function report(mount: MountConfig): string {
  const cache = mount.cache === 'auto' ? `auto, ${mount.timeout} s` : mount.cache;
  const maps = (['uidMap', 'gidMap', 'squash', 'xattrMap'] as const).filter((key) => mount[key]);
  return [
    `${mount.name}`,
    `  serves   ${describe(mount.filesystem)}`,
    ...(mount.filesystem.layers ?? []).map((layer) => `  through  ${describe(layer)}`).toReversed(),
    ...transportsOf(mount).map(([, transport]) => `  over     ${describe(transport)}`),
    `  cache    ${cache}${mount.writeback ? ', writeback' : ''}`,
    ...maps.length ? [`  maps     ${maps.join(', ')}`] : [],
  ].join('\n');
}

export function checkCommand(program: Command): void {
  program.command('check')
    .description('validate a config file and say what it would serve')
    .option('-c, --config <file>', 'config file (default: found upwards)')
    .action(async ({ config }: { config?: string }) => {
      const source = await loadConfig(config);
      const { mounts } = await checkConfig(source, registry);
      console.log(`${source.name} is valid\n\n${mounts.map(report).join('\n\n')}`);
    });
}
