import type { Command } from 'commander';
import { loadConfig } from '../../core/config/index.js';
import { levelOption } from '../log.js';
import { serve } from '../serve.js';

export function serveCommand(program: Command): void {
  program.command('serve')
    .description('serve every mount of a config file')
    .option('-c, --config <file>', 'config file (default: fusewire.yaml, .json, … or the key "fusewire" of package.json, found upwards)')
    .addOption(levelOption())
    .action(async ({ config, logLevel }: { config?: string; logLevel: string }) => serve(await loadConfig(config), logLevel));
}
