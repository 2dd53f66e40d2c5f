import { Errno } from '../../core/filesystem/errno.js';
import { type Client, type Steps, wait } from '../../stack/index.js';

/** What a file must not lose. */
const NEEDED = /^(system\.posix_acl_|security\.capability$)/;

/** Gives a copy an extended attribute; false when the file system cannot keep it and the file does without. */
export function* keepXattr(client: Client, node: number, name: string, value: Uint8Array): Steps<boolean | Errno> {
  const error = yield* wait(client.setxattr(node, name, value));
  if (error === Errno.EOPNOTSUPP && !NEEDED.test(name)) return false;
  return error === 0 ? true : error;
}
