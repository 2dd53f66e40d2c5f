import { z } from 'zod';
import { size } from '../../../core/config/index.js';

const rate = () => size().refine((perSecond) => perSecond > 0, 'must be more than 0');

export const quotaOptions = z.object({
  bytes: size().optional().describe('most bytes that files may grow by, counted by their sizes'),
  inodes: z.int().min(0).optional().describe('most files and directories that may be added'),
  operations: z.number().gt(0).optional().describe('most operations per second'),
  bandwidth: rate().optional().describe('most bytes per second that are read and written'),
}).refine((options) => Object.values(options).some((one) => one !== undefined), 'must limit something: bytes, inodes, operations or bandwidth');

export type QuotaOptions = z.output<typeof quotaOptions>;
