import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { NAME_MAX } from '../protocol/flags.js';
import { parseContext } from './context.js';

/** `sun_path` of unix(7) has 108 bytes, the last of them NUL. */
const SOCKET_PATH_MAX = 107;

const resolve = (file: string) => path.resolve(parseContext()?.directory ?? '.', file);

/** A path of this host; relative to the config file. */
export const hostPath = () => z.string().min(1, 'must not be empty').refine((file) => !file.includes('\0'), 'must not hold a NUL byte').transform(resolve).meta({ hostPath: true });

function mustBeDirectory(file: string, context: z.RefinementCtx): void {
  try {
    if (!statSync(file).isDirectory()) context.addIssue(`${file} is not a directory`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') context.addIssue(`there is no directory ${file}`);
    // ENOTCONN: the mount of a server that died, which the next server cleans up.
    else if (code !== 'ENOTCONN') context.addIssue(`${file} cannot be used: ${code}`);
  }
}

/** The name of a directory entry. */
export const shareName = () => z.string()
  .refine((name) => name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name), 'must be a name, without "/" and other than "." and ".."')
  .refine((name) => Buffer.byteLength(name) <= NAME_MAX, `must have at most ${NAME_MAX} bytes`);

/** A directory of this host that exists. */
export const directory = () => hostPath().superRefine(mustBeDirectory);

function mayBecomeSocket(file: string, context: z.RefinementCtx): void {
  const bytes = Buffer.byteLength(file);
  if (bytes > SOCKET_PATH_MAX) {
    context.addIssue(`the socket's path has ${bytes} bytes, the limit is ${SOCKET_PATH_MAX}: ${file}`);
    return;
  }
  mustBeDirectory(path.dirname(file), context);
  if (existsSync(file) && !statSync(file).isSocket()) context.addIssue(`${file} exists, and is no socket`);
}

/** The path of a Unix socket for anything but a mount, in a directory that exists. */
export const ownSocketPath = () => hostPath().superRefine(mayBecomeSocket);

/** A socket that this process was started with: `fd:3`, or `systemd:NAME` as a socket unit of systemd names it (`systemd:` where there is but one). */
const PASSED = /^(fd:\d{1,9}|systemd:[^/]*)$/;

/** Whether a socket is one that this process was started with, and no path. */
export const isPassed = (socket: string): boolean => PASSED.test(socket);

/** The path of a Unix socket, or one that this process was started with; no two mounts may have the same. */
export const socketPath = () => z.string().min(1, 'must not be empty').refine((file) => !file.includes('\0'), 'must not hold a NUL byte')
  .transform((socket) => (isPassed(socket) ? socket : resolve(socket)))
  .superRefine((socket, context) => {
    if (!isPassed(socket)) mayBecomeSocket(socket, context);
  })
  .meta({ exclusive: true, socket: true });

/** A group of this host, by name or number: its number. */
export const group = () => z.union([z.string().min(1), z.int().min(0)], 'must be a group of this host').transform((name, context) => {
  if (/^\d+$/.test(String(name))) return Number(name);
  const { status, stdout } = spawnSync('getent', ['group', String(name)], { encoding: 'utf8' });
  const id = status === 0 ? stdout.split(':')[2] : undefined;
  if (id !== undefined) return Number(id);
  context.addIssue(`this host has no group "${name}"`);
  return z.NEVER;
});

/** A mountpoint on this host; no two mounts may have the same. */
export const mountpoint = () => directory().refine((file) => file !== '/', 'the root directory cannot be mounted over').meta({ exclusive: true, mountpoint: true });

/** A directory of this host whose files a file system shows: no mountpoint of the same server may lie in it. */
export const servedDirectory = () => directory().meta({ served: true });
