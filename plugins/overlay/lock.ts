import { constants } from 'node:fs';
import { UpperBusy } from '../../core/errors.js';
import { Errno } from '../../core/filesystem/errno.js';
import { native } from '../../native/index.js';
import { type OpenedFile, type Steps, wait } from '../../stack/index.js';
import type { Upper } from './upper.js';

const LOCK_EX = 2;
const LOCK_NB = 4;
const NAME = 'fusewire-lock';

/**
 * Keeps an upper directory to one overlay, by flock(2) of a file beside the work directory: the kernel gives it up when this
 * process dies. A file system without files of this host, such as memory, is nobody else's anyway.
 */
export function* lock({ client }: Upper, directory: number, place: string): Steps<void> {
  const opened = yield* openLock(client, directory);
  if (typeof opened === 'number') return;
  const fd = opened.backing >= 0 ? opened.backing : opened.data;
  // The file stays open, and with it the lock, until the session with the upper layer ends.
  if (fd >= 0 && native.flock(fd, LOCK_EX | LOCK_NB) === Errno.EAGAIN) throw UpperBusy(place);
}

function* openLock(client: Upper['client'], directory: number): Steps<OpenedFile | Errno> {
  const found = yield* wait(client.lookup(directory, NAME));
  if (typeof found !== 'number') return yield* wait(client.open(found.node, constants.O_RDWR));
  return found === Errno.ENOENT ? yield* wait(client.create(directory, NAME, constants.O_RDWR, 0o600)) : found;
}
