import type { z } from 'zod';
import { brief } from './brief.js';
import { nearest } from './nearest.js';

/** One thing that is wrong with a config: where, what, and what would be right. */
export interface Problem {
  path: PropertyKey[];
  sentence: string;
  hint: string;
}

interface Definition {
  shape?: Record<string, z.core.$ZodType>;
  element?: z.core.$ZodType;
  innerType?: z.core.$ZodType;
  in?: z.core.$ZodType;
}

/** The object schema's keys; empty when the schema is no object with named keys. */
export function knownKeys(schema: z.core.$ZodType, path: readonly PropertyKey[] = []): string[] {
  const { shape, element, innerType, in: input } = schema._zod.def as Definition;
  const [head, ...rest] = path;
  const inner = innerType ?? input;
  if (inner) return knownKeys(inner, path);
  if (head === undefined) return Object.keys(shape ?? {});
  const next = element ?? shape?.[String(head)];
  return next ? knownKeys(next, rest) : [];
}

function article(noun: string): string {
  return /^[aeiou]/.test(noun) ? `an ${noun}` : `a ${noun}`;
}

function show(input: unknown): string {
  if (input === null) return 'nothing';
  if (Array.isArray(input)) return 'a list';
  if (typeof input === 'object') return 'a map of keys';
  return typeof input === 'string' ? JSON.stringify(brief(input)) : String(input);
}

const KINDS: Record<string, string> = { object: 'a map of keys', record: 'a map of keys', array: 'a list', boolean: 'true or false' };

/** The words for what zod has only a sentence of its own for, where the schema brings none; to be given to every parse. */
export const wording: z.core.$ZodErrorMap = (issue) => {
  if (issue.code !== 'too_small' && issue.code !== 'too_big') return undefined;
  const [bound, limit] = issue.code === 'too_small' ? ['at least', issue.minimum] : ['at most', issue.maximum];
  if (issue.origin === 'string') return `must have ${bound} ${limit} characters, not ${String(issue.input).length}`;
  if (issue.origin === 'array') return `must have ${bound} ${limit} entries, not ${(issue.input as unknown[]).length}`;
  return `must be ${bound} ${limit}, not ${show(issue.input)}`;
};

function named(name: string, candidates: readonly string[]): string {
  const near = nearest(name, candidates);
  return `${near ? `did you mean "${near}"? ` : ''}known: ${candidates.join(', ')}`;
}

/** Puts zod's issues into the project's words; unknown keys first, for they explain missing ones. */
export function problems(schema: z.core.$ZodType, issues: readonly z.core.$ZodIssue[]): Problem[] {
  const found: Problem[] = [];
  for (const issue of issues) {
    const path = [...issue.path];
    switch (issue.code) {
      case 'unrecognized_keys':
        for (const key of issue.keys) {
          found.unshift({ path: [...path, key], sentence: 'unknown key', hint: named(key, knownKeys(schema, path)) });
        }
        break;
      case 'invalid_type': {
        const expected = KINDS[issue.expected] ?? article(issue.expected === 'int' ? 'integer' : issue.expected);
        const sentence = issue.input === undefined ? `is missing; it must be ${expected}` : `must be ${expected}, not ${show(issue.input)}`;
        const unquoted = issue.expected === 'string' && ['number', 'boolean'].includes(typeof issue.input);
        found.push({ path, sentence, hint: unquoted ? 'in quotes it is one' : '' });
        break;
      }
      case 'invalid_value': {
        const sentence = issue.input === undefined ? 'is missing' : `must not be ${show(issue.input)}`;
        found.push({ path, sentence, hint: named(String(issue.input), issue.values.map(String)) });
        break;
      }
      case 'invalid_key':
        found.push({ path, sentence: issue.issues[0]?.message ?? 'must not be a key', hint: '' });
        break;
      default:
        found.push({ path, sentence: issue.message, hint: issue.code === 'custom' ? String(issue.params?.['hint'] ?? '') : '' });
    }
  }
  return found;
}

/** A problem as an issue, to be added to an outer schema's context. */
export function toIssue({ path, sentence, hint }: Problem): { code: 'custom'; message: string; path: PropertyKey[]; params: { hint: string } } {
  return { code: 'custom', message: sentence, path, params: { hint } };
}

/** What to say of a name that is not known. */
export function unknownName(kind: string, name: string, candidates: readonly string[]): Problem {
  return { path: ['use'], sentence: `unknown ${kind} ${JSON.stringify(brief(name))}`, hint: named(name, candidates) };
}
