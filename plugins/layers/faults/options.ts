import { constants } from 'node:os';
import { z } from 'zod';
import { duration, size } from '../../../core/config/index.js';
import { operation } from '../../../core/filesystem/operations.js';
import { glob } from '../../../core/paths/glob.js';

const errors = Object.keys(constants.errno) as [string, ...string[]];

const rule = z.strictObject({
  operations: z.array(operation()).min(1, 'must name at least one operation').optional().describe('which; not set: all'),
  paths: z.array(glob()).min(1, 'must name at least one pattern').optional().describe('patterns of paths; not set: all'),
  nth: z.int().min(1).optional().describe('only the nth of them'),
  every: z.int().min(1).optional().describe('every nth of them'),
  probability: z.number().min(0).max(1).optional().describe('by chance'),
  error: z.enum(errors, { error: (issue) => `must be an error of errno(3) such as EIO, not ${JSON.stringify(issue.input)}` }).optional().describe('the error they fail with'),
  latency: duration().optional().describe('they take so much longer'),
  short: size().optional().describe('READ and WRITE move at most so many bytes'),
}).refine(({ error, latency, short }) => error !== undefined || latency !== undefined || short !== undefined, 'must say what goes wrong: error, latency or short')
  .refine(({ nth, every, probability }) => [nth, every, probability].filter((one) => one !== undefined).length <= 1, 'can have one of nth, every and probability');

export const faultsOptions = z.object({
  rules: z.array(rule).min(1, 'must hold at least one rule').describe('what goes wrong, and when; all rules that fit apply'),
  seed: z.int().min(0).max(0xffff_ffff).default(1).describe('where chance starts: the same requests have the same faults'),
});

export type FaultsOptions = z.output<typeof faultsOptions>;
export type FaultRule = FaultsOptions['rules'][number];
