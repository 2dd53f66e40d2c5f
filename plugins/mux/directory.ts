import { Attributes } from '../../core/filesystem/attributes.js';
import { Errno } from '../../core/filesystem/errno.js';
import type { ReaddirplusRequest, ReaddirRequest } from '../../core/filesystem/requests/index.js';
import type { Result } from '../../core/filesystem/result.js';
import { ROOT_NODE } from '../../core/protocol/flags.js';
import { Opcode } from '../../core/protocol/opcode.js';
import { run } from '../../stack/index.js';
import { passOpen } from './pass.js';
import { listEntries, listNames } from './root.js';
import type { Tree } from './tree.js';

export function readdir(tree: Tree, request: ReaddirRequest): Result {
  return request.node === ROOT_NODE ? listNames(tree, request) : passOpen(tree.numbers, Opcode.READDIR, request, Errno.EOPNOTSUPP);
}

/** A share that lists names only adds them as entries without a node, which the kernel looks up. */
export function readdirplus(tree: Tree, request: ReaddirplusRequest): Result {
  if (request.node === ROOT_NODE) return run(listEntries(tree, request));
  const share = tree.numbers.share(request.node)!;
  if (share.handles(Opcode.READDIRPLUS)) return passOpen(tree.numbers, Opcode.READDIRPLUS, request, Errno.EOPNOTSUPP);
  return passOpen(tree.numbers, Opcode.READDIR, namesOnly(request), Errno.EOPNOTSUPP);
}

function namesOnly(request: ReaddirplusRequest): ReaddirRequest {
  const names: Pick<ReaddirRequest, 'add' | 'addFromSlab'> = {
    add: (name, ino, type, cookie) => request.add(name, { node: 0, attributes: new Attributes({ ino, mode: type << 12 }) }, cookie),
    addFromSlab: (nameOffset, length, inoLow, inoHigh, type, cookieLow, cookieHigh) => request.addFromSlab(0, nameOffset, length, inoLow, inoHigh, type, cookieLow, cookieHigh),
  };
  return Object.assign(Object.create(request) as ReaddirRequest, names);
}
