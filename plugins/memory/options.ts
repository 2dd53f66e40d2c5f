import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import { z } from 'zod';
import { size } from '../../core/config/units.js';

/** Bytes of JavaScript heap allowed for one inode with its name, by default; it takes about half of that. */
const HEAP_PER_INODE = 1024;

const percent = z.string().regex(/^\d+(\.\d+)?%$/).transform((text) => Math.floor((totalmem() * Number.parseFloat(text)) / 100));
const octal = z.string().regex(/^[0-7]{1,4}$/, { error: 'must be octal digits in quotes such as "1777"' }).transform((text) => Number.parseInt(text, 8));

/** As the options of tmpfs(5). */
export const memoryOptions = z.object({
  size: z.union([percent, size()], { error: 'must be a size such as 512MiB or 50%' }).default(() => Math.floor(totalmem() / 2))
    .describe('most bytes of data, or a percentage of this machine\'s memory; 0: all of it'),
  inodes: z.int({ error: 'must be a whole number' }).min(0).default(() => Math.floor(getHeapStatistics().heap_size_limit / HEAP_PER_INODE))
    .describe('most files and further names; extended attributes take of it too, one for every 1024 bytes; 0: no limit'),
  mode: octal.default(0o1777).describe('permissions of the root directory'),
  uid: z.int().min(0).max(0xffff_fffe).default(() => process.getuid!()).describe('owner of the root directory'),
  gid: z.int().min(0).max(0xffff_fffe).default(() => process.getgid!()).describe('group of the root directory'),
});

export type MemoryOptions = z.output<typeof memoryOptions>;
