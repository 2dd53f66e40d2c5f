import type { Attributes } from '../../core/filesystem/attributes.js';
import { Errno } from '../../core/filesystem/errno.js';
import type * as r from '../../core/filesystem/requests/index.js';
import type { Result } from '../../core/filesystem/result.js';
import type { ExtendedAttributes } from '../../core/filesystem/statx.js';
import { ROOT_NODE, SetattrValid } from '../../core/protocol/flags.js';
import { Opcode } from '../../core/protocol/opcode.js';
import { run, type Steps, wait } from '../../stack/index.js';
import { pass, passOpen } from './pass.js';
import { clearSetid } from './privileges.js';
import { rootAttributes } from './root.js';
import type { Share } from './share.js';
import type { Tree } from './tree.js';

export function getattr(tree: Tree, request: r.GetattrRequest): Result<Attributes> {
  return request.node === ROOT_NODE ? rootAttributes(tree) : passOpen<Attributes>(tree.numbers, Opcode.GETATTR, request, Errno.EIO);
}

/** A kernel that is told ENOSYS asks by GETATTR from then on, which knows no birth times. */
export function statx(tree: Tree, request: r.StatxRequest): Result<ExtendedAttributes> {
  if (request.node === ROOT_NODE) return rootAttributes(tree);
  const share = tree.numbers.share(request.node)!;
  if (share.handles(Opcode.STATX)) return passOpen<ExtendedAttributes>(tree.numbers, Opcode.STATX, request, Errno.EIO);
  return share.gone ? Errno.ESTALE : run(withoutBirth(share, tree.numbers.node(request.node)));
}

function* withoutBirth(share: Share, node: number): Steps<ExtendedAttributes | Errno> {
  const attributes = yield* wait(share.client.getattr(node));
  return typeof attributes === 'number' ? attributes : { ...attributes, btime: 0, btimeNsec: 0 };
}

const OWNER = SetattrValid.UID | SetattrValid.GID;

export function setattr(tree: Tree, request: r.SetattrRequest): Result<Attributes> {
  if (request.node === ROOT_NODE) return Errno.EPERM;
  const share = tree.numbers.share(request.node)!;
  const result = passOpen<Attributes>(tree.numbers, Opcode.SETATTR, request, Errno.EROFS);
  if (share.killsPrivileges || (request.valid & (OWNER | SetattrValid.KILL_SUIDGID)) === 0) return result;
  return run(cleared(share, tree.numbers.node(request.node), result));
}

function* cleared(share: Share, node: number, result: Result<Attributes>): Steps<Attributes | Errno | 0> {
  const reply = yield* clearSetid(share, node, result);
  if (typeof reply === 'number' && reply < 0) return reply;
  return yield* wait(share.client.getattr(node));
}

/** Modes and ACLs are the kernel's to judge; what else there is, the share's. */
export function access(tree: Tree, request: r.AccessRequest): Result {
  const W_OK = 2;
  if (request.node === ROOT_NODE) return (request.mask & W_OK) === 0 ? 0 : Errno.EACCES;
  return pass(tree.numbers, Opcode.ACCESS, request, 0);
}
