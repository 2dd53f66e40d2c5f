import { z } from 'zod';
import { group, hostPath, socketPath } from '../../core/config/index.js';
import { TAG_SIZE } from './protocol/index.js';

const tag = z.string().min(1, 'the tag must not be empty').superRefine((text, context) => {
  const bytes = Buffer.byteLength(text);
  if (bytes > TAG_SIZE) context.addIssue(`the tag has ${bytes} bytes, the limit is ${TAG_SIZE}`);
  if (text.includes('\0')) context.addIssue('the tag must not hold a NUL byte');
});

/** Permissions as chmod(1) takes them; text, since YAML reads 0600 as a decimal number. */
const mode = z.string('must be three octal digits in quotes, such as "660"').regex(/^0?[0-7]{3}$/, 'must be three octal digits in quotes, such as "660"').transform((text) => Number.parseInt(text, 8));

export const options = z.object({
  socket: socketPath().describe('Unix socket that the VMM connects to; fd:N or systemd:NAME: one that the process was started with'),
  tag: tag.describe('name that the guest mounts; 1 to 36 bytes'),
  queues: z.int().min(1).max(63).default(1).describe('request queues'),
  state: hostPath().meta({ exclusive: true }).optional().describe('file that keeps what the guest holds, so that a server started after this one died goes on with it'),
  packed: z.boolean().default(false).describe('offer packed rings, which a guest may prefer'),
  migration: z.enum(['paths', 'handles']).default('paths').describe('how a guest that moves to another server finds its files there: by their paths, or by file handle where both have the same file system'),
  migrationOnError: z.enum(['abort', 'guest-error']).default('abort').describe('what becomes of a guest whose files are not all here: it stays with its old server, or it comes, and requests on those fail'),
  mode: mode.default(0o600).describe('permissions of the socket, less the umask; who may connect to it serves the share to a guest'),
  group: group().optional().describe('group of this host that the socket belongs to'),
  once: z.boolean().default(false).describe('end when the front-end has gone'),
});

export type VirtiofsOptions = z.output<typeof options>;
