import { z } from 'zod';
import { mountpoint } from '../../core/config/index.js';

export const options = z.object({
  mountpoint: mountpoint().describe('directory to mount on'),
  allow_other: z.boolean().default(false).describe('let users other than the one who mounts in'),
  default_permissions: z.boolean().default(true).describe('let the kernel check modes and ACLs; false: the file system does, if it can, at a price'),
  suid: z.boolean().default(false).describe('let set-id bits of programs take effect; for root'),
  dev: z.boolean().default(false).describe('let device files be opened; for root'),
  passthrough: z.boolean().default(true).describe('let the kernel read and write files of this host by itself, where it can (Linux 6.9, root)'),
  ro: z.boolean().default(false).describe('mount read-only'),
  fsname: z.string().min(1).optional().describe('source in /proc/mounts; default: the mount\'s name'),
  subtype: z.string().min(1).default('fusewire').describe('type in /proc/mounts is fuse.<subtype>'),
});

export type FuseOptions = z.output<typeof options>;
