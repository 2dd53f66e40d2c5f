import { z } from 'zod';
import { socketPath } from '../../core/config/index.js';

/** `tag` of struct virtio_fs_config (virtio 1.3, 5.11.4): 36 bytes, NUL-padded, not NUL-terminated. */
const TAG_MAX = 36;

const tag = z.string().min(1, 'the tag must not be empty').superRefine((text, context) => {
  const bytes = Buffer.byteLength(text);
  if (bytes > TAG_MAX) context.addIssue(`the tag has ${bytes} bytes, the limit is ${TAG_MAX}`);
  if (text.includes('\0')) context.addIssue('the tag must not hold a NUL byte');
});

export const options = z.object({
  socket: socketPath().describe('Unix socket that the VMM connects to'),
  tag: tag.describe('name that the guest mounts; 1 to 36 bytes'),
  queues: z.int().min(1).max(64).default(1).describe('request queues'),
});

export type VirtiofsOptions = z.output<typeof options>;
