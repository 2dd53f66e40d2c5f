import type { Command } from 'commander';
import { loadConfig } from '../../core/config/index.js';
import { serve } from '../serve.js';

export function serveCommand(program: Command): void {
  program.command('serve')
    .description('serve every mount of a config file')
    .option('-c, --config <file>', 'config file (default: fusewire.yaml, .json, … or the key "fusewire" of package.json, found upwards)')
    .action(async ({ config }: { config?: string }) => serve(await loadConfig(config), program.opts()['logLevel'] as string));
}
