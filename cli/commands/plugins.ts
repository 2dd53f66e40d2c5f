import type { Command } from 'commander';
import { z } from 'zod';
import type { PluginEntry } from '../../core/config/index.js';
import { registry } from '../../index.js';

interface OptionSchema {
  type?: string | string[];
  enum?: unknown[];
  anyOf?: OptionSchema[];
  default?: unknown;
  description?: string;
}

function typeNames({ type, enum: values, anyOf }: OptionSchema): string[] {
  if (values) return values.map(String);
  if (type !== undefined) return [type].flat();
  return anyOf?.flatMap(typeNames) ?? ['value'];
}

const typeName = (schema: OptionSchema): string => [...new Set(typeNames(schema))].join('|');

/** A line per option: name, type, default or "required", what it is. */
export function optionLines(options: z.ZodType): string[] {
  const schema = z.toJSONSchema(options, { io: 'input', unrepresentable: 'any' }) as { properties?: Record<string, OptionSchema>; required?: string[] };
  return Object.entries(schema.properties ?? {}).map(([name, option]) => {
    const filled = schema.required?.includes(name) ? 'required' : option.default === undefined ? 'optional' : `default ${JSON.stringify(option.default)}`;
    return `    ${name.padEnd(20)} ${typeName(option).padEnd(16)} ${filled.padEnd(20)} ${option.description ?? ''}`.trimEnd();
  });
}

function print(title: string, entries: (PluginEntry & { description?: string })[]): void {
  console.log(title);
  for (const { name, description, options } of entries) console.log([`  ${name}${description ? `: ${description}` : ''}`, ...optionLines(options)].join('\n'));
}

export function pluginsCommand(program: Command): void {
  program.command('plugins')
    .description('list file systems, layers and transports with their options')
    .action(() => {
      print('file systems', registry.fileSystemNames().map((name) => registry.fileSystem(name)!));
      console.log();
      print('layers', registry.layerNames().map((name) => registry.layer(name)!));
      console.log();
      print('transports', registry.transportNames().map((name) => registry.transport(name)!));
    });
}
