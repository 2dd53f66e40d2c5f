import { z } from 'zod';

export const readonlyOptions = z.object({
  noatime: z.boolean().default(true).describe('access times stay as they are; false: they move, and on a host mount the kernel may read files by itself'),
});

export type ReadonlyOptions = z.output<typeof readonlyOptions>;
