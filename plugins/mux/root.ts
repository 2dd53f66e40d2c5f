import { Attributes } from '../../core/filesystem/attributes.js';
import type { Entry } from '../../core/filesystem/entry.js';
import type { Errno } from '../../core/filesystem/errno.js';
import type { ReaddirplusRequest, ReaddirRequest } from '../../core/filesystem/requests/index.js';
import { Done } from '../../core/filesystem/result.js';
import type { ExtendedAttributes } from '../../core/filesystem/statx.js';
import { AttrFlag, ROOT_NODE } from '../../core/protocol/flags.js';
import { type Steps, wait } from '../../stack/index.js';
import type { Share } from './share.js';
import type { Tree } from './tree.js';

const DIRECTORY = 4;
const MODE = (DIRECTORY << 12) | 0o555;
const DOT = 1;
const DOT_DOT = 2;

/** The root directory: who comes and goes in it is decided outside of the tree. */
export function rootAttributes({ count, changed }: Tree): ExtendedAttributes {
  const seconds = Math.floor(changed / 1000);
  const nanoseconds = (changed - seconds * 1000) * 1e6;
  return {
    ...new Attributes({ ino: ROOT_NODE, mode: MODE, nlink: 2 + count }),
    atime: seconds, mtime: seconds, ctime: seconds, btime: seconds,
    atimeNsec: nanoseconds, mtimeNsec: nanoseconds, ctimeNsec: nanoseconds, btimeNsec: nanoseconds,
  };
}

/** A share as an entry of the root: a file system of its own to a kernel that understands it. */
export function* shareEntry({ announced }: Tree, share: Share, submounts: boolean): Steps<Entry | Errno> {
  const attributes = yield* wait(share.client.getattr(ROOT_NODE));
  if (typeof attributes === 'number') return attributes;
  if (submounts && announced) attributes.flags |= AttrFlag.SUBMOUNT;
  return { node: share.root, attributes };
}

export function listNames(tree: Tree, request: ReaddirRequest): Done {
  const { offset } = request;
  if (offset < DOT && !request.add('.', ROOT_NODE, DIRECTORY, DOT)) return Done;
  if (offset < DOT_DOT && !request.add('..', ROOT_NODE, DIRECTORY, DOT_DOT)) return Done;
  for (const { name, root, cookie } of tree.all) if (cookie > offset && !request.add(name, root, DIRECTORY, cookie)) break;
  return Done;
}

export function* listEntries(tree: Tree, request: ReaddirplusRequest): Steps<Done> {
  const { offset, submounts } = request;
  if (offset < DOT && !request.add('.', unreferenced(ROOT_NODE), DOT)) return Done;
  if (offset < DOT_DOT && !request.add('..', unreferenced(ROOT_NODE), DOT_DOT)) return Done;
  for (const share of tree.all) {
    if (share.cookie <= offset) continue;
    const entry = yield* shareEntry(tree, share, submounts);
    if (share.gone) continue;
    if (!request.add(share.name, typeof entry === 'number' ? unreferenced(share.root) : entry, share.cookie)) break;
  }
  return Done;
}

/** An entry that counts as no look-up. */
function unreferenced(ino: number): Entry {
  return { node: 0, attributes: new Attributes({ ino, mode: MODE }) };
}
