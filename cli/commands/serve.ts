import type { Command } from 'commander';
import { loadConfig } from '../../core/config/index.js';
import { type ServeFlags, serveOptions } from '../serve-flags.js';
import { serve } from '../serve.js';

export function serveCommand(program: Command): void {
  const command = program.command('serve')
    .description('serve every mount of a config file')
    .option('-c, --config <file>', 'config file (default: fusewire.yaml, .json, … or the key "fusewire" of package.json, found upwards)');
  serveOptions(command).action(async ({ config, ...flags }: ServeFlags & { config?: string }) => serve(await loadConfig(config), flags));
}
