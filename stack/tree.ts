import { asErrno, Errno } from '../core/filesystem/errno.js';
import type { Client } from './client.js';
import type { Listed } from './replies.js';
import { type Steps, wait } from './steps.js';

/** What is in a directory, without `.` and `..`; `flags` as open(2). */
export function* entriesIn(client: Client, directory: number, flags = 0): Steps<Listed[] | Errno> {
  const opened = yield* wait(client.opendir(directory, flags));
  if (typeof opened === 'number') return opened;
  const all: Listed[] = [];
  let error = 0;
  for (let low = 0, high = 0; ; ) {
    const part = yield* wait(client.readdir(directory, opened.handle, low, high));
    if (typeof part === 'number') error = part;
    if (typeof part === 'number' || part.entries.length === 0) break;
    for (const entry of part.entries) if (entry.name !== '.' && entry.name !== '..') all.push(entry);
    ({ low, high } = part);
  }
  yield* wait(client.releasedir(directory, opened.handle));
  return error < 0 ? asErrno(error) : all;
}

/** The names in a directory. */
export function* namesIn(client: Client, directory: number): Steps<string[] | Errno> {
  const entries = yield* entriesIn(client, directory);
  return typeof entries === 'number' ? entries : entries.map(({ name }) => name);
}

/** Removes all that a directory holds. */
export function* emptyDirectory(client: Client, directory: number): Steps<0 | Errno> {
  const names = yield* namesIn(client, directory);
  if (typeof names === 'number') return names;
  for (const name of names) {
    const error = yield* removeTree(client, directory, name);
    if (error < 0) return error;
  }
  return 0;
}

/** Removes a file, or a directory with all that it holds. */
export function* removeTree(client: Client, directory: number, name: string): Steps<0 | Errno> {
  const error = yield* wait(client.unlink(directory, name));
  if (error !== Errno.EISDIR && error !== Errno.EPERM) return error;
  const found = yield* wait(client.lookup(directory, name));
  if (typeof found === 'number') return found;
  yield* emptyDirectory(client, found.node);
  const removed = yield* wait(client.rmdir(directory, name));
  client.forget(found.node, 1);
  return removed;
}
