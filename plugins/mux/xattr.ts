import { Errno } from '../../core/filesystem/errno.js';
import type * as r from '../../core/filesystem/requests/index.js';
import type { Result } from '../../core/filesystem/result.js';
import { ROOT_NODE } from '../../core/protocol/flags.js';
import { Opcode } from '../../core/protocol/opcode.js';
import { pass } from './pass.js';
import type { Tree } from './tree.js';

/** A share that does not keep ACL and mode in step has no ACLs: kernels judge by them. */
function refuses(tree: Tree, { node, name }: { node: number; name: string }): boolean {
  return name.startsWith('system.posix_acl_') && tree.numbers.share(node)?.posixAcl === false;
}

export function getxattr(tree: Tree, request: r.GetxattrRequest): Result<Uint8Array> {
  if (request.node === ROOT_NODE) return Errno.ENODATA;
  return refuses(tree, request) ? Errno.EOPNOTSUPP : pass<Uint8Array>(tree.numbers, Opcode.GETXATTR, request, Errno.EOPNOTSUPP);
}

export function listxattr(tree: Tree, request: r.ListxattrRequest): Result<readonly string[]> {
  return request.node === ROOT_NODE ? [] : pass<readonly string[]>(tree.numbers, Opcode.LISTXATTR, request, Errno.EOPNOTSUPP);
}

export function setxattr(tree: Tree, request: r.SetxattrRequest): Result {
  if (request.node === ROOT_NODE) return Errno.EPERM;
  return refuses(tree, request) ? Errno.EOPNOTSUPP : pass(tree.numbers, Opcode.SETXATTR, request, Errno.EOPNOTSUPP);
}

export function removexattr(tree: Tree, request: r.RemovexattrRequest): Result {
  if (request.node === ROOT_NODE) return Errno.EPERM;
  return refuses(tree, request) ? Errno.EOPNOTSUPP : pass(tree.numbers, Opcode.REMOVEXATTR, request, Errno.EOPNOTSUPP);
}
