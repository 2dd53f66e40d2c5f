import { Errno } from '../../core/filesystem/errno.js';
import type { GetxattrRequest, ListxattrRequest, RemovexattrRequest, SetxattrRequest } from '../../core/filesystem/requests/index.js';
import type { Done, Result } from '../../core/filesystem/result.js';
import { Opcode } from '../../core/protocol/opcode.js';
import { run, type Steps, wait } from '../../stack/index.js';
import { copyUp } from './copy-up.js';
import type { Layer } from './layer.js';
import type { OverlayNode } from './node.js';
import type { Union } from './union.js';

const isAcl = (name: string): boolean => name.startsWith('system.posix_acl_');

/** A layer that does not keep ACL and mode in step has no ACLs. */
function refuses({ part }: Layer, name: string): boolean {
  return isAcl(name) && part.plugin.definition?.posixAcl !== true;
}

/** Passed on as it is, but for private names: those of an overlay on top of this one. */
export function getxattr(union: Union, request: GetxattrRequest): Result<Uint8Array> {
  const { layer, node } = union.node(request.node).top;
  const { name } = request;
  if (refuses(layer, name)) return Errno.EOPNOTSUPP;
  const inner = union.marks.toLayer(name);
  if (inner !== name) return layer.client.getxattr(node, inner);
  const handler = layer.client.table[Opcode.GETXATTR];
  if (!handler) return Errno.EOPNOTSUPP;
  request.passOn(node);
  return handler(request) as Result<Uint8Array>;
}

/** Users who are not root do not see `trusted.` names. */
export function listxattr(union: Union, request: ListxattrRequest): Result<readonly string[]> {
  return run(names(union, union.node(request.node), request.uid));
}

function* names({ marks }: Union, { top: { layer, node } }: OverlayNode, uid: number): Steps<readonly string[] | Errno> {
  const all = yield* wait(layer.client.listxattr(node));
  if (typeof all === 'number') return all;
  return all.flatMap((name) => marks.toMount(name) ?? []).filter((name) => !refuses(layer, name) && (uid === 0 || !name.startsWith('trusted.')));
}

export function setxattr(union: Union, request: SetxattrRequest): Result {
  return run(change(union, request, function* (layer, node, name): Steps<Done | Errno> {
    if (refuses(layer, name)) return Errno.EOPNOTSUPP;
    const inner = union.marks.toLayer(name);
    if (inner !== name) return yield* wait(layer.client.setxattr(node, inner, request.value, request.flags));
    const handler = layer.client.table[Opcode.SETXATTR];
    if (!handler) return Errno.EOPNOTSUPP;
    request.passOn(node);
    return yield* wait(handler(request) as Result);
  }));
}

export function removexattr(union: Union, request: RemovexattrRequest): Result {
  return run(change(union, request, function* (layer, node, name): Steps<Done | Errno> {
    if (refuses(layer, name)) return Errno.EOPNOTSUPP;
    const inner = union.marks.toLayer(name);
    if (inner !== name) return yield* wait(layer.client.removexattr(node, inner));
    const handler = layer.client.table[Opcode.REMOVEXATTR];
    if (!handler) return Errno.EOPNOTSUPP;
    request.passOn(node);
    return yield* wait(handler(request) as Result);
  }));
}

function* change(union: Union, { node: number, name }: SetxattrRequest | RemovexattrRequest, what: (layer: Layer, node: number, name: string) => Steps<Done | Errno>): Steps<Done | Errno> {
  const node = union.node(number);
  const error = yield* copyUp(union, node);
  if (error < 0) return error;
  const { layer, node: inner } = node.top;
  return yield* what(layer, inner, name);
}
