import { z } from 'zod';
import { parseContext, type PluginEntry } from './context.js';
import { problems, toIssue, unknownName } from './problem.js';

/** A plugin by name with its own options, checked by the schema that it brings. */
export interface Selection {
  use: string;
  options: unknown;
}

/** A schema without catch-all drops unknown keys; a misspelt option must be told, so it is made strict. */
function strict(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodObject && !schema.def.catchall ? schema.strict() : schema;
}

function select(kind: string, find: (name: string) => PluginEntry | undefined, names: () => string[]) {
  return z.looseObject({ use: z.string() }).transform(({ use, ...given }, context): Selection => {
    const entry = find(use);
    if (!entry) {
      context.addIssue(toIssue(unknownName(kind, use, names())));
      return z.NEVER;
    }
    const parsed = strict(entry.options).safeParse(given, { reportInput: true });
    if (parsed.success) return { use, options: parsed.data };
    for (const problem of problems(entry.options, parsed.error.issues)) context.addIssue(toIssue(problem));
    return z.NEVER;
  });
}

/** Schema of `{ use: passthrough, …options }`; a file system made of others uses it for its parts. */
export const fileSystem = () => select('file system',
  (name) => parseContext()?.registry.fileSystem(name), () => parseContext()?.registry.fileSystemNames() ?? []);

/** Schema of `{ use: virtiofs, …options }`. */
const transport = () => select('transport',
  (name) => parseContext()?.registry.transport(name), () => parseContext()?.registry.transportNames() ?? []);

/** Schema of one transport or a list of them. No union, whose errors would be those of neither. */
export const transports = () => z.unknown().transform((given, context): Selection | Selection[] => {
  const schema = Array.isArray(given) ? z.array(transport()).min(1, 'must name at least one transport') : transport();
  const parsed = schema.safeParse(given, { reportInput: true });
  if (parsed.success) return parsed.data;
  for (const problem of problems(schema, parsed.error.issues)) context.addIssue(toIssue(problem));
  return z.NEVER;
});

/** The transports of a mount, each with the key path at which the mount has it. */
export function transportsOf({ transport }: { transport: Selection | Selection[] }): [path: PropertyKey[], transport: Selection][] {
  return Array.isArray(transport) ? transport.map((one, index) => [['transport', index], one]) : [[['transport'], transport]];
}
