import { z } from 'zod';
import { hostPath } from '../../../core/config/index.js';
import { type Operation, operation } from '../../../core/filesystem/operations.js';
import { glob } from '../../../core/paths/glob.js';

/** What opens or changes something. */
const DEFAULT: Operation[] = [
  'open', 'create', 'tmpfile', 'mknod', 'mkdir', 'symlink', 'link', 'unlink', 'rmdir', 'rename', 'setattr', 'setxattr', 'removexattr', 'fallocate', 'copy_file_range',
];

export const auditOptions = z.object({
  file: hostPath().optional().describe('file to append lines to; not set: they go to the log'),
  operations: z.array(operation()).default(DEFAULT).describe('which to record'),
  paths: z.array(glob()).optional().describe('patterns of the paths to record; not set: all'),
  except: z.array(glob()).default([]).describe('patterns of paths not to record'),
  sample: z.number().gt(0).max(1).default(1).describe('the share of them to record, by chance'),
  buffer: z.int().min(1).default(65536).describe('most lines that wait to be written; more are dropped, and their number told'),
});

export type AuditOptions = z.output<typeof auditOptions>;
