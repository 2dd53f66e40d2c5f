import type { Errno } from '../../core/filesystem/errno.js';
import { type Client, type Steps, wait } from '../../stack/index.js';

/** Does something to a directory of a layer that changes its times, and sets them back: for those who look, nothing has changed. */
export function* keepTimes(client: Client, directory: number, what: () => Steps<0 | Errno>): Steps<0 | Errno> {
  const before = yield* wait(client.getattr(directory));
  if (typeof before === 'number') return before;
  const error = yield* what();
  if (error < 0) return error;
  const { atime, atimeNsec, mtime, mtimeNsec } = before;
  yield* wait(client.setattr(directory, { atime, atimeNsec, mtime, mtimeNsec }));
  return 0;
}
