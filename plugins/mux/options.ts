import { z } from 'zod';
import { fileSystem, shareName } from '../../core/config/index.js';

export const muxOptions = z.object({
  shares: z.record(shareName(), fileSystem()).default({}).describe('the file systems in the root directory, by name'),
  announced: z.boolean().default(true).describe('each share is a file system of its own to kernels that know submounts'),
});

export type MuxOptions = z.output<typeof muxOptions>;
