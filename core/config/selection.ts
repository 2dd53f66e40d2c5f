import { z } from 'zod';
import { parseContext } from './context.js';
import { type Problem, problems, toIssue, unknownName, wording } from './problem.js';

/** A plugin by name with its own options, checked by the schema that it brings. */
export interface Selection {
  use: string;
  options: unknown;
}

/** A schema without catch-all drops unknown keys; a misspelt option must be told, so it is made strict. */
function strict(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodObject && !schema.def.catchall ? schema.strict() : schema;
}

/** A file system with the layers around it. */
export interface FileSystemSelection extends Selection {
  /** The first is nearest to the guest, the last to the file system. Absent: there are none. */
  layers?: Selection[];
}

type Kind = 'fileSystem' | 'layer' | 'transport';
const NAMES = { fileSystem: 'file system', layer: 'layer', transport: 'transport' } as const;

function known(kind: Kind): string[] {
  return parseContext()?.registry[`${kind}Names`]() ?? [];
}

/** What to say where a plugin of another kind, or none, has the name. */
function notFound(kind: Kind, use: string): Problem {
  const other = (['fileSystem', 'layer', 'transport'] as const).find((other) => parseContext()?.registry[other](use));
  const problem = unknownName(NAMES[kind], use, known(kind));
  return other ? { ...problem, sentence: `"${use}" is a ${NAMES[other]}, not a ${NAMES[kind]}` } : problem;
}

/** Checks options by the schema of the plugin they are for. */
function selected(kind: Kind, use: string, given: object, context: z.RefinementCtx): Selection {
  const entry = parseContext()?.registry[kind](use);
  if (!entry) {
    context.addIssue(toIssue(notFound(kind, use)));
    return z.NEVER;
  }
  const parsed = strict(entry.options).safeParse(given, { reportInput: true, error: wording });
  if (parsed.success) return { use, options: parsed.data };
  for (const problem of problems(entry.options, parsed.error.issues)) context.addIssue(toIssue(problem));
  return z.NEVER;
}

/** Schema of `{ use: readonly, …options }`. */
const layer = () => z.looseObject({ use: z.string() }).transform(({ use, ...given }, context) => selected('layer', use, given, context));

/** Schema of `{ use: passthrough, …options, layers: […] }`; a file system made of others uses it for its parts. */
export const fileSystem = () => z.looseObject({ use: z.string(), layers: z.array(layer()).optional() })
  .transform(({ use, layers, ...given }, context): FileSystemSelection => {
    const selection = selected('fileSystem', use, given, context);
    return layers && layers.length > 0 ? { ...selection, layers } : selection;
  });

/** Schema of `{ use: virtiofs, …options }`. */
export const transport = () => z.looseObject({ use: z.string() }).transform(({ use, ...given }, context) => selected('transport', use, given, context));

/** Schema of one transport or a list of them. No union, whose errors would be those of neither. */
export const transports = () => z.unknown().transform((given, context): Selection | Selection[] => {
  const schema = Array.isArray(given) ? z.array(transport()).min(1, 'must name at least one transport') : transport();
  const parsed = schema.safeParse(given, { reportInput: true, error: wording });
  if (parsed.success) return parsed.data;
  for (const problem of problems(schema, parsed.error.issues)) context.addIssue(toIssue(problem));
  return z.NEVER;
});

/** The keys of a transport's options that no two transports may share: sockets and mountpoints. */
export function exclusiveKeys(options: z.ZodType | undefined): string[] {
  if (!(options instanceof z.ZodObject)) return [];
  return Object.entries(options.shape).filter(([, field]) => (field as z.ZodType).meta()?.['exclusive']).map(([key]) => key);
}

/** Where a transport whose options have the schema `options` is reached: its socket or mountpoint. */
export function placeOf(transport: Selection, options: z.ZodType | undefined): string | undefined {
  const [key] = exclusiveKeys(options);
  return key === undefined ? undefined : String((transport.options as Record<string, unknown>)[key]);
}

/** The transports of a mount, each with the key path at which the mount has it. */
export function transportsOf({ transport }: { transport: Selection | Selection[] }): [path: PropertyKey[], transport: Selection][] {
  return Array.isArray(transport) ? transport.map((one, index) => [['transport', index], one]) : [[['transport'], transport]];
}
