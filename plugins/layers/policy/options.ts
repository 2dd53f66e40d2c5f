import { z } from 'zod';
import { glob } from '../../../core/paths/glob.js';

export const policyOptions = z.object({
  rules: z.array(z.strictObject({
    effect: z.enum(['hide', 'deny', 'readonly', 'allow']).describe('what becomes of them'),
    paths: z.array(glob()).min(1, 'must name at least one pattern').describe('patterns of paths'),
    users: z.array(z.int().min(0).max(0xffff_fffe)).optional().describe('user ids that it is for; not set: all'),
  })).min(1, 'must hold at least one rule').describe('the first rule that takes a path, for the user who asks, decides'),
});

export type PolicyOptions = z.output<typeof policyOptions>;
