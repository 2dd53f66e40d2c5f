import { z } from 'zod';
import { fileSystem } from '../../core/config/index.js';

/** A way from the root of the upper file system, without `.` and `..`. */
const inside = () => z.string().regex(/^(?!\.{1,2}(\/|$))[^/]+(\/(?!\.{1,2}(\/|$))[^/]+)*$/, { error: 'must be a relative path without "." and ".."' });

export const overlayOptions = z.object({
  lower: z.array(fileSystem()).min(1, 'must name at least one file system').max(128, 'must be 128 file systems at most').describe('what is shown and never changed; the first one is on top'),
  upper: fileSystem().optional().describe('where changes are kept; absent: nothing can be changed'),
  upperdir: inside().default('upper').describe('directory in `upper` that holds the changes'),
  workdir: inside().default('work').describe('directory in `upper` that holds what is not complete yet'),
  xattrs: z.enum(['auto', 'trusted', 'user']).default('auto').describe('name space of the private attributes; auto: trusted where they can be set'),
  redirectDir: z.boolean().default(true).describe('directories of lower layers can be renamed'),
  metacopy: z.boolean().default(false).describe('a change of mode, owner or times copies no data; needs redirectDir'),
  volatile: z.boolean().default(false).describe('never wait for the disk; what a crash of the host leaves is to be thrown away'),
}).superRefine(({ upperdir, workdir, metacopy, redirectDir }, context) => {
  if (metacopy && !redirectDir) context.addIssue({ code: 'custom', path: ['metacopy'], message: 'needs redirectDir, by which the data are found' });
  if (`${upperdir}/`.startsWith(`${workdir}/`) || `${workdir}/`.startsWith(`${upperdir}/`)) context.addIssue({ code: 'custom', path: ['workdir'], message: 'must not lie in upperdir, nor the other way round' });
});

export type OverlayOptions = z.output<typeof overlayOptions>;
