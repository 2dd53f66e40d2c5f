import { z } from 'zod';
import { servedDirectory } from '../../core/config/index.js';

export const passthroughOptions = z.object({
  source: servedDirectory().describe('directory of this host to share'),
  readonly: z.boolean().default(false).describe('let nobody change anything through the share'),
  fileHandles: z.boolean().default(true).describe('find files again by file handle where the host can; false: by path'),
  fds: z.int().min(64).max(1 << 20).default(4096).describe('most files kept open between requests; all shares together never more than a third of what the process may open'),
});

export type PassthroughOptions = z.output<typeof passthroughOptions>;
